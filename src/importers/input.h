// The bytes of a file to import, as often as a parser wants to read them: a file, or standard input
// or another stream spooled to an unlinked temporary file. Gzip (RFC 1952) is known by its first
// bytes and unpacked on the way, so nothing unpacked is ever stored. Unpacked or not, an input
// beyond `bytes_max` is refused, where it is seen.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"
#include "importers/limits.h"

namespace wattback::importers {

// What is told of an import that ends before its input does: what is in is in.
inline constexpr std::string_view sent_again = "the same sent again goes on from here";
Error stopped();

struct InputOptions {
  std::int64_t bytes_max = input_bytes_max;
  std::string spool_directory;  // where a stream is spooled; empty: the system's own
  std::string name;             // of an opened file in errors; empty: its path
};

class Input {
 public:
  // Opens a file, "-" being standard input. `not_found` where there is none, `invalid` where it
  // can't be read, `limit_exceeded` beyond bytes_max, `unavailable` where a stream can't be
  // spooled.
  static Result<Input> open(const std::string& path, const InputOptions& options = {});

  // Spools what is left of an open descriptor, which stays the caller's; `name` stands in errors.
  static Result<Input> spool(int descriptor, std::string name, const InputOptions& options = {});

  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;
  ~Input();

  // The next unpacked bytes, 0 at the end. A packed input that ends early or is damaged is
  // `invalid`, one that unpacks to more than bytes_max `limit_exceeded`.
  Result<std::size_t> read(std::span<char> into);
  void rewind();

  // From now on reading is `unavailable` once a stop is asked for (stopped).
  void heed(std::stop_token stop);

  // SHA-256 of all unpacked bytes. Reads them, and rewinds.
  Result<Digest> digest();

  // How far the current pass has come, in bytes as stored (packed, if it is).
  struct Progress {
    std::int64_t done = 0;
    std::int64_t total = 0;
  };
  Progress progress() const;

  const std::string& name() const;

  // An error that names the file and, from 1, the line.
  std::unexpected<Error> fault(std::int64_t line, std::string_view sentence,
                               ErrorCode code = ErrorCode::invalid) const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace wattback::importers

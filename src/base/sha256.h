// SHA-256 (FIPS 180-4), and the one way values are fed to it where a digest must never be
// ambiguous: each part preceded by its length, so no two sequences of parts give the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace wattback {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& begun);  // goes on from what was added so far
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void add_bytes(std::span<const std::uint8_t> bytes);
  void add_bytes(std::string_view bytes);
  void add_part(std::string_view part);  // its length as 8 bytes, little endian; then it
  void add_part(std::span<const std::uint8_t> part);  // the same
  void add_integer(std::int64_t value);               // 8 bytes, little endian
  Digest finish();                                    // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);  // lower case

}  // namespace wattback

// A streamed body, kept in a file without a name until it is whole: what is cut off leaves nothing
// behind, and what is taken in can be read as often as a parser wants.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "api/call.h"
#include "http/problem.h"
#include "http/stream.h"
#include "importers/input.h"

namespace wattback::api {

class Spool {
 public:
  static Result<Spool> make();

  Spool() = default;  // of nothing
  Spool(Spool&& other) noexcept;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  Result<void> append(std::string_view bytes);

  // Of all that was appended, which may unpack to so many bytes.
  Result<importers::Input> open(std::int64_t bytes_max = importers::input_bytes_max) const;

 private:
  explicit Spool(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

// What an import is told that finds no place (imports_held_max).
Error too_many_imports();

// Reads a body to its end. On the connection's own thread.
http::Task<std::expected<Spool, http::Problem>> spool_body(Call& call, http::RequestBody& body);

}  // namespace wattback::api

// What can go wrong in a way a caller should expect. Broken infrastructure throws instead.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wattback {

enum class ErrorCode : std::uint8_t {
  invalid,              // the input is not well formed or breaks a stated bound
  unauthenticated,      // who asks is not known
  forbidden,            // who asks may not
  not_found,            // what is named does not exist
  already_exists,       // what would be made exists
  conflict,             // the state of things does not allow it
  key_reused,           // the idempotency key was used before for something else
  precondition_failed,  // the edition the caller expected is not the one that stands
  insufficient_points,  // the balance does not reach
  out_of_stock,         // no unit is left
  last_administrator,   // nobody would be left to administer the programme
  limit_exceeded,       // well formed, but beyond a limit of the programme
  too_many_tries,       // of guessing a password; try again later
  overloaded,           // too much waits already; try again later
  unavailable,          // the store could not be reached or would not settle; try again
  internal,             // a fault of ours
};

std::string_view to_text(ErrorCode code);

// One part of the input that is wrong: an RFC 6901 JSON pointer (or a field's name), a code, a
// sentence.
struct FieldError {
  std::string pointer;
  std::string code;
  std::string detail;

  bool operator==(const FieldError&) const = default;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string detail;  // what the client reads
  std::vector<FieldError> fields;
  std::string log;                     // what only the operator reads
  std::chrono::seconds retry_after{};  // when to try again; 0: not known

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string detail) {
  return std::unexpected(Error{.code = code, .detail = std::move(detail), .fields = {}, .log = {}});
}

// An `invalid` that names the field at fault.
inline std::unexpected<Error> fail_field(std::string pointer, std::string detail) {
  return std::unexpected(Error{.code = ErrorCode::invalid,
                               .detail = pointer + ": " + detail,
                               .fields = {{std::move(pointer), "invalid", std::move(detail)}},
                               .log = {}});
}

}  // namespace wattback

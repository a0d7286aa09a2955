#include "base/error.h"

#include "base/check.h"

namespace wattback {

std::string_view to_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::already_exists:
      return "already_exists";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::key_reused:
      return "key_reused";
    case ErrorCode::precondition_failed:
      return "precondition_failed";
    case ErrorCode::insufficient_points:
      return "insufficient_points";
    case ErrorCode::out_of_stock:
      return "out_of_stock";
    case ErrorCode::last_administrator:
      return "last_administrator";
    case ErrorCode::limit_exceeded:
      return "limit_exceeded";
    case ErrorCode::too_many_tries:
      return "too_many_tries";
    case ErrorCode::overloaded:
      return "overloaded";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::internal:
      return "internal";
  }
  check(false);
  return {};
}

}  // namespace wattback

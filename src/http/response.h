// One answer as a handler gives it. The server adds Date, Content-Length, X-Request-Id and what
// concerns the connection; to HEAD it sends the same without the body.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/request.h"

namespace wattback::http {

// Bytes of its own, or bytes that are kept and shared by many answers.
using ResponseBody = std::variant<std::string, std::shared_ptr<const std::string>>;

struct Response {
  int status = 200;
  std::string content_type;         // no field when empty
  std::vector<NamedValue> headers;  // names and values without control characters
  ResponseBody body;                // none is sent with 204 and 304
  std::string log;                  // for the observer only, never for the client
};

std::string_view text_of(const ResponseBody& body);

std::string_view reason_phrase(int status);  // "Not Found"; "Unknown" for what HTTP does not name

}  // namespace wattback::http

// The log: a line a request, on standard error.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "http/server.h"

namespace wattback::app {

enum class LogForm : std::uint8_t {
  text,  // for people at a terminal
  json,  // an object a line
};

// The line, with its end. Holds no name, email, token or body, and of a path only its template.
std::string log_line(const http::AccessRecord& record, LogForm form);

// The line, with its end, of what no request tells of and an operator should know.
std::string notice_line(Instant now, std::string_view what, LogForm form);

}  // namespace wattback::app

#include "app/log.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/string.hpp>
#include <iterator>

#include "base/json.h"

namespace wattback::app {
namespace {

constexpr double microseconds_per_millisecond = 1000;

double milliseconds(const http::AccessRecord& record) {
  return static_cast<double>(record.duration.count()) / microseconds_per_millisecond;
}

std::string text_line(const http::AccessRecord& record) {
  return fmt::format("{} {} {} {} {} B {:.1f} ms {}{}{}{}\n", to_text(record.arrived),
                     record.status, record.method.empty() ? "-" : record.method,
                     record.route.empty() ? "-" : record.route, record.body_bytes,
                     milliseconds(record), record.request_id, record.complete ? "" : " cut",
                     record.log.empty() ? "" : ": ", record.log);
}

// A fault of the server's; of another version of HTTP, or a coding it does not know, it is the
// client's.
bool is_ours(int status) { return status >= 500 && status != 501 && status != 505; }

// Appends a member of an object. Most texts hold nothing that JSON escapes.
void add_text(std::string& line, std::string_view name, std::string_view text) {
  const bool is_plain = std::ranges::all_of(
      text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  line += name;
  if (is_plain) {
    line.append("\"").append(text).append("\"");
  } else {
    line += to_json_text(boost::json::string(text));
  }
}

// By hand: a line a request is more than JSON values should cost.
std::string json_line(const http::AccessRecord& record) {
  std::string line;
  add_text(line, R"({"time":)", to_text(record.arrived));
  add_text(line, R"(,"level":)", is_ours(record.status) ? "error" : "info");
  add_text(line, R"(,"request_id":)", record.request_id);
  add_text(line, R"(,"method":)", record.method);
  add_text(line, R"(,"route":)", record.route);
  fmt::format_to(std::back_inserter(line),
                 FMT_COMPILE(R"(,"status":{},"body_bytes":{},"duration_ms":{:.3f})"), record.status,
                 record.body_bytes, milliseconds(record));
  add_text(line, R"(,"remote_address":)", record.remote_address);
  line += record.complete ? R"(,"complete":true)" : R"(,"complete":false)";
  if (!record.log.empty()) {
    add_text(line, R"(,"log":)", record.log);
  }
  return line + "}\n";
}

}  // namespace

std::string log_line(const http::AccessRecord& record, LogForm form) {
  return form == LogForm::json ? json_line(record) : text_line(record);
}

std::string notice_line(Instant now, std::string_view what, LogForm form) {
  if (form == LogForm::text) {
    return fmt::format("{} {}\n", to_text(now), what);
  }
  std::string line;
  add_text(line, R"({"time":)", to_text(now));
  add_text(line, R"(,"level":)", "error");
  add_text(line, R"(,"log":)", what);
  line += "}\n";
  return line;
}

}  // namespace wattback::app

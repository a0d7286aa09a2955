#include "app/log.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>

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

std::string json_line(const http::AccessRecord& record) {
  boost::json::object line{{"time", to_text(record.arrived)},
                           {"level", record.status >= 500 ? "error" : "info"},
                           {"request_id", record.request_id},
                           {"method", record.method},
                           {"route", record.route},
                           {"status", record.status},
                           {"body_bytes", record.body_bytes},
                           {"duration_ms", milliseconds(record)},
                           {"remote_address", record.remote_address},
                           {"complete", record.complete}};
  if (!record.log.empty()) {
    line["log"] = record.log;
  }
  return to_json_text(line) + "\n";
}

}  // namespace

std::string log_line(const http::AccessRecord& record, LogForm form) {
  return form == LogForm::json ? json_line(record) : text_line(record);
}

}  // namespace wattback::app

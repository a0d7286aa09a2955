// For tests: Green Button feeds put together from their entries.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace wattback::importers {

inline std::string make_feed(std::initializer_list<std::string> entries) {
  std::string text =
      "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" "
      "xmlns:espi=\"http://naesb.org/espi\">\n";
  for (const auto& entry : entries) {
    text += entry + "\n";
  }
  return text + "</feed>\n";
}

// An element of ESPI.
inline std::string espi(std::string_view name, std::string_view content) {
  return fmt::format("<espi:{0}>{1}</espi:{0}>", name, content);
}

inline std::string link(std::string_view relation, std::string_view href) {
  return fmt::format("<link rel=\"{}\" href=\"{}\"/>", relation, href);
}

inline std::string entry(std::string_view around, std::string_view content) {
  return fmt::format("<entry>{}<content>{}</content></entry>", around, content);
}

// Usage point N, its meter reading and the reading type this has, all linked as utilities do.
inline std::string usage_point(int number, std::string_view more = {},
                               std::string_view service_kind = "0") {
  return entry(fmt::format("<id>urn:uuid:point-{}</id>", number) +
                   link("self", fmt::format("UsagePoint/{}", number)) +
                   link("related", fmt::format("UsagePoint/{}/MeterReading", number)) +
                   std::string(more),
               espi("UsagePoint", espi("ServiceCategory", espi("kind", service_kind))));
}

inline std::string meter_reading(int number, int type = 1) {
  const auto self = fmt::format("UsagePoint/{}/MeterReading/1", number);
  return entry(link("self", self) + link("up", fmt::format("UsagePoint/{}/MeterReading", number)) +
                   link("related", self + "/IntervalBlock") +
                   link("related", fmt::format("ReadingType/{}", type)),
               "<espi:MeterReading/>");
}

inline std::string reading_type(std::string_view fields, int number = 1) {
  return entry(link("self", fmt::format("ReadingType/{}", number)) + link("up", "ReadingType"),
               espi("ReadingType", fields));
}

inline std::string watt_hours(int number = 1) { return reading_type(espi("uom", "72"), number); }

inline std::string time_period(std::string_view start, std::string_view duration) {
  return espi("timePeriod", espi("duration", duration) + espi("start", start));
}

inline std::string interval_reading(std::string_view start, std::string_view duration,
                                    std::string_view value, std::string_view more = {}) {
  return espi("IntervalReading",
              time_period(start, duration) + espi("value", value) + std::string(more));
}

inline std::string block(int number, std::string_view readings, std::string_view more = {}) {
  const auto up = fmt::format("UsagePoint/{}/MeterReading/1/IntervalBlock", number);
  return entry(link("self", up + "/1") + link("up", up) + std::string(more),
               espi("IntervalBlock", readings));
}

}  // namespace wattback::importers

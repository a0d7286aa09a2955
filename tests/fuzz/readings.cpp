#include "fuzz/readings.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/text.h"
#include "fuzz/memory_file.h"
#include "fuzz/target.h"
#include "importers/fields.h"
#include "importers/limits.h"

namespace wattback::fuzz {
namespace {

constexpr Seconds duration_text_max{std::int64_t{1} << 32U};  // a longer one is told by its end

void require_well_formed(const Reading& reading) {
  require(importers::has_text(reading.start), "a start can be written", to_text(reading.start));
  require(std::chrono::floor<Seconds>(reading.start) == reading.start, "a start is a whole second",
          to_text(reading.start));
  require(reading.duration >= Seconds(1), "a reading lasts", to_text(reading.start));
  require(!reading.as_of || importers::has_text(*reading.as_of), "as_of can be written");
  require(!reading.quality || (*reading.quality >= 0 && *reading.quality <= importers::quality_max),
          "the quality is in its range");
  for (const auto* text : {&reading.user, &reading.meter, &reading.meter_identifier}) {
    require(!*text || (!(*text)->empty() && is_utf8(**text) && !has_control_characters(**text)),
            "a text can be shown", text->value_or(""));
  }
}

std::string quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

std::string link_to(std::string_view relation, std::string_view href) {
  return fmt::format("<link rel=\"{}\" href=\"{}\"/>", relation, xml_text(href));
}

// What the readings of one IntervalBlock have in common.
bool same_meter(const Reading& a, const Reading& b) {
  return a.meter == b.meter && a.meter_identifier == b.meter_identifier;
}

// The places of a feed that are linked. No utility names its own so.
std::string place(std::string_view kind, std::size_t number) {
  return fmt::format("urn:of-the-fuzzer:{}:{}", kind, number);
}

// The usage point and the meter reading of a meter.
std::string green_button_meter(const Reading& reading, std::size_t number) {
  std::string text = "<entry>";
  if (reading.meter_identifier) {
    text += fmt::format("<id>{}</id>", xml_text(*reading.meter_identifier));
  }
  if (reading.meter) {
    text += fmt::format("<title>{}</title>", xml_text(*reading.meter));
  }
  text += link_to("related", place("readings", number));
  text += "<content><e:UsagePoint/></content></entry>\n<entry>";
  text += link_to("self", place("reading", number)) + link_to("up", place("readings", number)) +
          link_to("related", place("type", 0)) + link_to("related", place("blocks", number));
  return text + "<content><e:MeterReading/></content></entry>\n";
}

std::string green_button_reading(const Reading& reading) {
  const auto quality =
      reading.quality
          ? fmt::format("<e:ReadingQuality><e:quality>{}</e:quality></e:ReadingQuality>",
                        *reading.quality)
          : std::string();
  return fmt::format(
      "<e:IntervalReading><e:timePeriod><e:duration>{}</e:duration><e:start>{}</e:start>"
      "</e:timePeriod><e:value>{}</e:value>{}</e:IntervalReading>\n",
      reading.duration.count(),
      std::chrono::floor<Seconds>(reading.start).time_since_epoch().count(),
      reading.energy.milliwatt_hours, quality);
}

}  // namespace

std::vector<Reading> readings_of(std::string_view file, const ParseReadings& parse) {
  static MemoryFile memory;
  memory.write(file);
  auto input = importers::Input::open(memory.path(), {.name = "file"});
  require(input.has_value(), "a file is opened");
  std::vector<Reading> readings;
  std::int64_t records = 0;
  const auto done = parse(*input, [&](importers::Record&& record) {
    ++records;
    if (const auto* rejection = std::get_if<importers::Rejection>(&record)) {
      require(rejection->record == records && rejection->line >= 1, "a record has its place");
      require(is_utf8(rejection->reason) && !has_control_characters(rejection->reason),
              "a reason can be shown", rejection->reason);
      return importers::Flow::more;
    }
    auto& reading = std::get<Reading>(record);
    require(reading.record == records && reading.line >= 1, "a record has its place");
    require_well_formed(reading);
    reading.record = 0;
    reading.line = 0;
    readings.push_back(std::move(reading));
    return importers::Flow::more;
  });
  if (!done) {
    require(is_utf8(done.error().detail) && !has_control_characters(done.error().detail),
            "an error can be shown", done.error().detail);
    return {};
  }
  return readings;
}

void require_same(std::span<const Reading> expected, std::span<const Reading> found,
                  std::string_view written) {
  const auto hold = expected.empty() ? require : require_round_trip;
  hold(std::ranges::equal(expected, found), "what was read is read again", written);
}

std::string as_csv(std::span<const Reading> readings) {
  const bool by_id =
      std::ranges::any_of(readings, [](const Reading& each) { return each.user_id.has_value(); });
  std::string text =
      fmt::format("start,end,duration,kwh,energy_type,{},meter,meter_identifier,quality,as_of\n",
                  by_id ? "user_id" : "user");  // a file has one of the two
  for (const auto& reading : readings) {
    const bool is_long = reading.duration > duration_text_max;
    const auto user = reading.user_id ? to_text(*reading.user_id) : reading.user.value_or("");
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{}\n", to_text(reading.start),
        is_long ? to_text(reading.start + reading.duration) : "",
        is_long ? "" : std::to_string(reading.duration.count()), to_text(reading.energy),
        reading.energy_type ? to_text(*reading.energy_type) : "", quoted(user),
        quoted(reading.meter.value_or("")), quoted(reading.meter_identifier.value_or("")),
        reading.quality ? std::to_string(*reading.quality) : "",
        reading.as_of ? to_text(*reading.as_of) : "");
  }
  return text;
}

std::string as_ndjson(std::span<const Reading> readings) {
  std::string text;
  for (const auto& reading : readings) {
    text += fmt::format(R"({{"start":"{}","energy_consumed":{})", to_text(reading.start),
                        to_text(reading.energy));
    text += reading.duration > duration_text_max
                ? fmt::format(R"(,"end":"{}")", to_text(reading.start + reading.duration))
                : fmt::format(R"(,"duration":{})", reading.duration.count());
    const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
      text += value ? fmt::format(R"(,"{}":{})", name, json_text(*value)) : "";
    };
    add("user", reading.user);
    add("meter", reading.meter);
    add("meter_identifier", reading.meter_identifier);
    text += reading.user_id ? fmt::format(R"(,"user_id":"{}")", to_text(*reading.user_id)) : "";
    text += reading.energy_type
                ? fmt::format(R"(,"energy_type":"{}")", to_text(*reading.energy_type))
                : "";
    text += reading.quality ? fmt::format(R"(,"quality":{})", *reading.quality) : "";
    text += reading.as_of ? fmt::format(R"(,"as_of":"{}")", to_text(*reading.as_of)) : "";
    text += "}\n";
  }
  return text;
}

std::string as_green_button(std::span<const Reading> readings) {
  std::string text =
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:e=\"http://naesb.org/espi\">\n<entry>" +
      link_to("self", place("type", 0)) +
      "<content><e:ReadingType><e:uom>72</e:uom><e:powerOfTenMultiplier>-3"
      "</e:powerOfTenMultiplier></e:ReadingType></content></entry>\n";
  std::vector<const Reading*> meters;
  for (std::size_t begin = 0; begin < readings.size();) {
    const auto& first = readings[begin];
    auto meter = std::ranges::find_if(
        meters, [&](const Reading* known) { return same_meter(*known, first); });
    if (meter == meters.end()) {
      text += green_button_meter(first, meters.size());
      meters.push_back(&first);
      meter = std::prev(meters.end());
    }
    const auto number = static_cast<std::size_t>(meter - meters.begin());
    text += "<entry>" + link_to("up", place("blocks", number));
    text += first.as_of ? fmt::format("<updated>{}</updated>", to_text(*first.as_of)) : "";
    text += "<content><e:IntervalBlock>";
    while (begin < readings.size() && same_meter(readings[begin], first) &&
           readings[begin].as_of == first.as_of) {
      text += green_button_reading(readings[begin]);
      ++begin;
    }
    text += "</e:IntervalBlock></content></entry>\n";
  }
  return text + "</feed>\n";
}

}  // namespace wattback::fuzz

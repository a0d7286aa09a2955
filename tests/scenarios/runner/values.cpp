#include "scenarios/runner/values.h"

#include "base/decimal.h"

namespace wattback::scenarios {
namespace {

template <class T>
T value_or_malformed(Result<T> result, std::string_view what, const std::string& text) {
  if (!result) {
    throw Malformed(fmt::format("'{}' is no {}", text, what));
  }
  return *std::move(result);
}

}  // namespace

std::int64_t to_integer(const std::string& text) {
  return value_or_malformed(parse_decimal(text, 0, Rounding::refuse), "whole number", text);
}

Points to_points(const std::string& text) { return {to_integer(text)}; }

std::int64_t to_rate(const std::string& text) {
  return value_or_malformed(parse_decimal(text, 3, Rounding::refuse), "rate", text);
}

Energy to_energy(const std::string& text) {
  return value_or_malformed(parse_energy(text), "energy", text);
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ',') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

Instant to_instant(const std::string& text) {
  return value_or_malformed(parse_instant(text), "time", text);
}

Day to_day(const std::string& text) {
  if (const auto day = parse_day(text)) {
    return *day;
  }
  throw Malformed(fmt::format("'{}' is no day", text));
}

Seconds to_duration(const std::string& text) {
  const auto unit = text.empty() ? ' ' : text.back();
  const std::int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (seconds == 0) {
    throw Malformed(fmt::format("'{}' is no duration, such as 90s, 15m or 1h", text));
  }
  return Seconds(seconds * to_integer(text.substr(0, text.size() - 1)));
}

TimeZone to_zone(const std::string& text) {
  return value_or_malformed(TimeZone::find(text), "time zone", text);
}

IdempotencyKey to_key(const std::string& text) {
  return value_or_malformed(parse_idempotency_key(text), "idempotency key", text);
}

std::string import_lines(const Step& step) {
  const auto duration = to_duration(step.value("duration"));
  std::string lines;
  for (const auto& user : split_list(step.value("users"))) {
    auto start = to_instant(step.value("start"));
    for (const auto& energy : split_list(step.value("energies"))) {
      lines += fmt::format(
          R"({{"email": "{}@example.org", "start": "{}", "duration": {}, "energy_consumed": {}}})"
          "\n",
          user, to_text(start), duration.count(), energy);
      start += duration;
    }
  }
  return lines;
}

std::string to_text(Points points) { return std::to_string(points.count); }

std::string to_text(Nanopoints nanopoints) { return format_decimal(nanopoints.count, 9); }

}  // namespace wattback::scenarios

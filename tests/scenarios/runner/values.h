// The values that stand in scenarios. Each function throws Malformed for text that is none.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/energy.h"
#include "base/enum_names.h"
#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "scenarios/runner/language.h"

namespace wattback::scenarios {

std::int64_t to_integer(const std::string& text);
Points to_points(const std::string& text);
std::int64_t to_rate(const std::string& text);                 // points a kWh, as thousandths
Energy to_energy(const std::string& text);                     // kWh
std::vector<std::string> split_list(const std::string& text);  // at its commas
Instant to_instant(const std::string& text);
Day to_day(const std::string& text);
Seconds to_duration(const std::string& text);  // 90s, 15m, 1h
TimeZone to_zone(const std::string& text);
IdempotencyKey to_key(const std::string& text);

template <NamedEnum E>
E to_word(const std::string& text) {
  if (const auto value = from_text<E>(text)) {
    return *value;
  }
  throw Malformed(fmt::format("unknown word '{}'", text));
}

// The option's value read by `read`, if it is given.
template <class Read>
auto read_option(const Step& step, std::string_view name, Read read)
    -> std::optional<decltype(read(std::string()))> {
  const auto text = step.find(name);
  return text ? std::optional(read(*text)) : std::nullopt;
}

// What an `import` takes in, as JSON lines: for each user the readings one after the other.
std::string import_lines(const Step& step);

using wattback::to_text;
std::string to_text(Points points);
std::string to_text(Nanopoints nanopoints);  // as points with a fraction

}  // namespace wattback::scenarios

// The values of one reading as text, whatever the format wrote around them. What is wrong with one
// is said as a code and a sentence.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "importers/reading_record.h"

namespace wattback::importers {

struct Fault {
  RejectionCode code = RejectionCode::bad_time;
  std::string reason;
};

template <class T>
using Checked = std::expected<T, Fault>;

std::unexpected<Fault> reject(RejectionCode code, std::string reason);

Checked<UserId> read_user_id(std::string_view text);
Checked<std::string> read_email(std::string_view text);  // its length and letters, not its form
Checked<std::string> read_meter_label(std::string_view text);
Checked<std::string> read_meter_identifier(std::string_view text);
Checked<std::int64_t> read_integer(std::string_view text);  // [-+]digits, as wrong_type otherwise
Checked<Seconds> read_duration(std::string_view text);      // whole seconds, at least 1
Checked<Energy> read_energy(std::string_view text, int exponent);  // of units of 10^exponent Wh
Checked<EnergyType> read_energy_type(std::string_view text);
Checked<std::int64_t> read_quality(std::string_view text);
Checked<Instant> read_instant(RejectionCode code, std::string_view text);  // with its offset
Checked<Instant> read_start(std::string_view text);  // the same, a whole second

// The seconds since 1970 of the years 1 to 9999, which are those that the text of a time can say.
inline constexpr std::int64_t text_seconds_min = -62'135'596'800;
inline constexpr std::int64_t text_seconds_max = 253'402'300'799;
bool has_text(Instant instant);

// A start must be a whole second, in a year that can be written.
Checked<Instant> whole_second(Instant start, std::string_view text);

// How long it is from start to end: a whole number of seconds, at least 1. The end, too, is in a
// year that can be written.
Checked<Seconds> interval_between(Instant start, Instant end);

// The piece of a foreign text that stands in a reason: short, and of visible letters.
std::string quoted(std::string_view text);

}  // namespace wattback::importers

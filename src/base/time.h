// Instants, days and zones. An Instant is int64 milliseconds UTC; a Day is a calendar day of some
// zone, without one of its own. Texts are RFC 3339.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's name
}

namespace wattback {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Day = std::chrono::local_days;
using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

// The time of day as the program is told it; only `app` and tests make one.
using Clock = std::function<Instant()>;
Instant system_now();

Day make_day(int year, unsigned month, unsigned day);

std::string to_text(Instant instant);  // 2026-11-24T10:33:00.123Z, without zero milliseconds
std::string to_text(Day day);          // 2026-11-24
std::optional<Day> parse_day(std::string_view text);

// A date and time of day, with an offset (an Instant) or without one (a LocalTime). "T" or one
// space between date and time; seconds and up to three decimals of them may be left out.
using ParsedTime = std::variant<Instant, LocalTime>;
Result<ParsedTime> parse_time(std::string_view text);
Result<Instant> parse_instant(std::string_view text);  // the offset is required

// The system could not give a zone that it has.
class TimeZoneUnread : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A zone of the IANA time zone database, by its name there.
class TimeZone {
 public:
  // Throws TimeZoneUnread; so may all below that need its rules. Which zones there are is read when
  // one is first asked for, and what can't be read at that moment stays unread until the process
  // ends.
  static Result<TimeZone> find(std::string_view name);
  static TimeZone utc();

  const std::string& name() const;
  Day day_of(Instant instant) const;
  Instant start_of(Day day) const;  // its first instant, also where midnight is skipped

  // The instants that read as this local time: none (skipped by a change of the clock), one, or
  // two.
  struct Instants {
    std::optional<Instant> first;
    std::optional<Instant> second;
  };
  Instants instants_of(LocalTime local) const;

  bool operator==(const TimeZone& other) const { return zone_ == other.zone_; }

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_;
};

}  // namespace wattback

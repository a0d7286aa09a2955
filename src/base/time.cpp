#include "base/time.h"

#include <date/tz.h>
#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "base/check.h"
#include "base/text.h"

namespace wattback {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr int year_min = 1;
constexpr Day first_day{std::chrono::year(year_min) / std::chrono::January / 1};
constexpr Day end_of_days{std::chrono::year(10'000) / std::chrono::January / 1};

// Reads fixed-width fields from the front of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<int> digits(std::size_t width) {
    if (text_.size() < width ||
        !std::ranges::all_of(text_.substr(0, width), [](char c) { return c >= '0' && c <= '9'; })) {
      return std::nullopt;
    }
    int value = 0;
    for (const char digit : text_.substr(0, width)) {
      value = value * 10 + (digit - '0');
    }
    text_.remove_prefix(width);
    return value;
  }

  bool skip(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) {
      return false;
    }
    last_ = text_.front();
    text_.remove_prefix(1);
    return true;
  }

  char last() const { return last_; }
  bool at_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
  char last_ = 0;
};

std::optional<Day> read_day(Reader& reader) {
  const auto year = reader.digits(4);
  if (!year || !reader.skip("-")) {
    return std::nullopt;
  }
  const auto month = reader.digits(2);
  if (!month || !reader.skip("-")) {
    return std::nullopt;
  }
  const auto day = reader.digits(2);
  if (!day || *year < year_min) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return Day(date);
}

std::optional<Milliseconds> read_fraction(Reader& reader) {
  Milliseconds fraction{0};
  int places = 0;
  for (int unit = 100; reader.at_digit(); unit /= 10) {
    const auto digit = *reader.digits(1);
    if (++places > 3 && digit != 0) {
      return std::nullopt;
    }
    fraction += Milliseconds(digit * unit);
  }
  if (places == 0) {
    return std::nullopt;
  }
  return fraction;
}

std::optional<Milliseconds> read_time_of_day(Reader& reader) {
  const auto hour = reader.digits(2);
  if (!hour || !reader.skip(":")) {
    return std::nullopt;
  }
  const auto minute = reader.digits(2);
  if (!minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  Milliseconds time = hours(*hour) + minutes(*minute);
  if (!reader.skip(":")) {
    return time;
  }
  const auto second = reader.digits(2);
  if (!second || *second > 59) {
    return std::nullopt;
  }
  time += Seconds(*second);
  if (!reader.skip(".")) {
    return time;
  }
  const auto fraction = read_fraction(reader);
  if (!fraction) {
    return std::nullopt;
  }
  return time + *fraction;
}

// "Z", "+hh:mm", "+hhmm" or "+hh"; nothing when the text ends here.
std::optional<std::optional<minutes>> read_offset(Reader& reader) {
  if (reader.at_end()) {
    return std::optional<minutes>{};
  }
  if (reader.skip("Zz")) {
    return minutes(0);
  }
  if (!reader.skip("+-")) {
    return std::nullopt;
  }
  const bool west = reader.last() == '-';
  const auto hour = reader.digits(2);
  int minute = 0;
  if (hour && !reader.at_end()) {
    reader.skip(":");
    const auto read = reader.digits(2);
    if (!read) {
      return std::nullopt;
    }
    minute = *read;
  }
  if (!hour || *hour > 23 || minute > 59) {
    return std::nullopt;
  }
  const auto offset = hours(*hour) + minutes(minute);
  return west ? -offset : offset;
}

date::sys_time<Milliseconds> to_date(Instant instant) {
  return date::sys_time<Milliseconds>(instant.time_since_epoch());
}

Instant from_date(date::sys_seconds seconds, Milliseconds rest) {
  return Instant(seconds.time_since_epoch() + rest);
}

const date::time_zone* find_listed(std::string_view name) {
  try {
    date::get_tzdb();
  } catch (const std::runtime_error& error) {
    throw TimeZoneUnread(error.what());
  }
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;  // the library's way to say "unknown"
  }
}

// Whether the system has a zone of this name (https://www.rfc-editor.org/rfc/rfc8536, 3), beside
// the copies of them all that the library leaves out. One that can't be read counts.
bool is_zone_file(std::string_view name) {
  std::error_code ignored;
  const auto path = std::filesystem::path("/usr/share/zoneinfo") / name;
  if (name.starts_with("posix") || name.starts_with("right/") ||
      !std::filesystem::is_regular_file(path, ignored)) {
    return false;
  }
  std::array<char, 4> magic{};
  std::ifstream file(path, std::ios::binary);
  file.read(magic.data(), magic.size());
  return !file.is_open() || file.bad() || std::string_view(magic.data(), magic.size()) == "TZif";
}

// The library reads a zone when it is first asked of it, and does not say that it was this one.
template <class Time>
auto info_of(const date::time_zone& zone, Time time) {
  try {
    return zone.get_info(time);
  } catch (const std::exception& error) {
    throw TimeZoneUnread(
        fmt::format("the time zone {} could not be read: {}", zone.name(), error.what()));
  }
}

// The library lists the folders of zones once, and leaves out for good what it can't read at that
// moment. That must not be taken for a name that does not exist.
const date::time_zone* find_zone(std::string_view name) {
  const auto* zone = find_listed(name);
  if (zone == nullptr && is_zone_file(name)) {
    throw TimeZoneUnread(
        "the time zones of this system could not all be read; start the program again");
  }
  return zone;
}

}  // namespace

Instant system_now() { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }

Day make_day(int year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  check(date.ok());
  return Day(date);
}

// Its format, as that below, is compiled: nothing is written as often as times.
std::string to_text(Day day) {
  const std::chrono::year_month_day date(day);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}"), static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_text(Instant instant) {
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::hh_mm_ss time(instant - day);
  auto text = to_text(Day(day.time_since_epoch()));
  fmt::format_to(std::back_inserter(text), FMT_COMPILE("T{:02}:{:02}:{:02}"), time.hours().count(),
                 time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) {
    fmt::format_to(std::back_inserter(text), FMT_COMPILE(".{:03}"), time.subseconds().count());
  }
  text.push_back('Z');
  return text;
}

std::optional<Day> parse_day(std::string_view text) {
  Reader reader(text);
  const auto day = read_day(reader);
  return reader.at_end() ? day : std::nullopt;
}

Result<ParsedTime> parse_time(std::string_view text) {
  const auto refused = [&] {
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is no time such as 2026-11-24T10:30:00Z", excerpt(text, 40)));
  };
  Reader reader(text);
  const auto day = read_day(reader);
  if (!day || !reader.skip("Tt ")) {
    return refused();
  }
  const auto time = read_time_of_day(reader);
  if (!time) {
    return refused();
  }
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) {
    return refused();
  }
  const LocalTime local = *day + *time;
  if (!offset->has_value()) {
    return local;
  }
  const LocalTime utc = local - **offset;
  if (utc < first_day || utc >= end_of_days) {  // a year that could not be written
    return refused();
  }
  return Instant(utc.time_since_epoch());
}

Result<Instant> parse_instant(std::string_view text) {
  const auto parsed = parse_time(text);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  if (const auto* instant = std::get_if<Instant>(&*parsed)) {
    return *instant;
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' lacks its offset from UTC, such as Z or +01:00", text));
}

Result<TimeZone> TimeZone::find(std::string_view name) {
  // The database is a folder of files: a name that could leave it never reaches it, nor does that
  // of the machine's own setting, which is a file there too.
  const bool plain =
      !name.empty() && name != "localtime" && name.size() <= 64 && name.front() != '/' &&
      name.find("..") == std::string_view::npos && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '_' || c == '-' || c == '+';
      });
  if (const auto* zone = plain ? find_zone(name) : nullptr) {
    return TimeZone(zone);
  }
  return fail(ErrorCode::invalid,
              fmt::format("'{}' is no time zone such as Europe/Lisbon", excerpt(name, 64)));
}

TimeZone TimeZone::utc() { return find("UTC").value(); }

const std::string& TimeZone::name() const { return zone_->name(); }

Day TimeZone::day_of(Instant instant) const {
  const auto utc = to_date(instant);
  const auto local = utc.time_since_epoch() + info_of(*zone_, date::floor<Seconds>(utc)).offset;
  return Day(std::chrono::floor<days>(local));
}

Instant TimeZone::start_of(Day day) const {
  const auto midnight = date::local_seconds(date::local_days(day.time_since_epoch()));
  const auto info = info_of(*zone_, midnight);
  if (info.result == date::local_info::nonexistent) {
    return from_date(info.first.end, Milliseconds(0));
  }
  return from_date(date::sys_seconds((midnight.time_since_epoch() - info.first.offset)),
                   Milliseconds(0));
}

TimeZone::Instants TimeZone::instants_of(LocalTime local) const {
  const auto whole = std::chrono::floor<Seconds>(local);
  const Milliseconds rest = local - whole;
  const date::local_seconds seconds(whole.time_since_epoch());
  const auto info = info_of(*zone_, seconds);
  const auto with = [&](const date::sys_info& sys) {
    return from_date(date::sys_seconds(seconds.time_since_epoch() - sys.offset), rest);
  };
  switch (info.result) {
    case date::local_info::unique:
      return {.first = with(info.first), .second = std::nullopt};
    case date::local_info::ambiguous:
      return {.first = with(info.first), .second = with(info.second)};
    default:
      return {};
  }
}

}  // namespace wattback

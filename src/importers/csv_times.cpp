#include "importers/csv_times.h"

#include <fmt/format.h>

#include <algorithm>

#include "importers/limits.h"

namespace wattback::importers {
namespace {

// Between these, a gap between two rows says nothing of how long either lasts.
constexpr Seconds hour = std::chrono::hours(1);
constexpr Seconds shortest_day = std::chrono::hours(23);

std::string written_text(LocalTime local) {
  std::string text = to_text(Instant(local.time_since_epoch()));
  text.pop_back();  // the Z
  return text;
}

std::unexpected<Fault> no_zone() {
  return reject(RejectionCode::no_time_zone,
                "has a time without an offset from UTC, and no time zone was given");
}

std::unexpected<Fault> nonexistent(LocalTime local, const TimeZone& zone) {
  return reject(
      RejectionCode::nonexistent_time,
      fmt::format("{} does not exist in {}: the clock skips it", written_text(local), zone.name()));
}

}  // namespace

Checked<WrittenTime> read_written_time(RejectionCode code, std::string_view text) {
  if (const auto day = parse_day(text)) {
    return *day;
  }
  const auto parsed = parse_time(text);
  if (!parsed) {
    return reject(code, quoted(text) + " is no time such as 2026-11-24T10:30:00Z");
  }
  if (const auto* instant = std::get_if<Instant>(&*parsed)) {
    return *instant;
  }
  return std::get<LocalTime>(*parsed);
}

Checked<Instant> TimeResolver::start(std::string_view series, const WrittenTime& written) {
  if (const auto* instant = std::get_if<Instant>(&written)) {
    return whole_second(*instant, to_text(*instant));
  }
  if (!zone_) {
    return no_zone();
  }
  if (const auto* day = std::get_if<Day>(&written)) {
    const auto start = zone_->start_of(*day);
    if (zone_->day_of(start) != *day) {  // a whole day skipped: Samoa, 30 December 2011
      return nonexistent(*day, *zone_);
    }
    return whole_second(start, to_text(*day));
  }
  const auto local = std::get<LocalTime>(written);
  const auto instants = zone_->instants_of(local);
  if (!instants.first) {
    return nonexistent(local, *zone_);
  }
  auto start = instants.second ? resolve_ambiguous(series, local, instants) : *instants.first;
  return start ? whole_second(*start, written_text(local)) : start;
}

Checked<Instant> TimeResolver::resolve_ambiguous(std::string_view series, LocalTime local,
                                                 const TimeZone::Instants& instants) {
  const bool first_seen =
      seen_.insert(fmt::format("{} {}", local.time_since_epoch().count(), series)).second;
  exceeded_ = exceeded_ || seen_.size() > csv_ambiguous_times_max;
  return first_seen == (order_ == RowOrder::ascending) ? *instants.first : *instants.second;
}

Checked<Seconds> TimeResolver::until(const WrittenTime& end, const WrittenTime& written_start,
                                     Instant start) const {
  if (const auto* instant = std::get_if<Instant>(&end)) {
    return interval_between(start, *instant);
  }
  if (!zone_) {
    return no_zone();
  }
  if (const auto* day = std::get_if<Day>(&end)) {
    return interval_between(start, zone_->start_of(*day));
  }
  const auto local = std::get<LocalTime>(end);
  if (const auto* from = std::get_if<LocalTime>(&written_start)) {
    if (local > *from && zone_->instants_of(*from).second) {
      return interval_between(start, start + (local - *from));
    }
  }
  const auto instants = zone_->instants_of(local);
  if (!instants.first) {
    return nonexistent(local, *zone_);
  }
  const bool passed = instants.second && *instants.first <= start;
  return interval_between(start, passed ? *instants.second : *instants.first);
}

std::optional<Seconds> TimeResolver::day_from(Instant start) const {
  if (!zone_) {
    return std::nullopt;
  }
  const Day day = zone_->day_of(start);
  if (zone_->start_of(day) != start) {
    return std::nullopt;
  }
  return std::chrono::floor<Seconds>(zone_->start_of(day + std::chrono::days(1)) - start);
}

bool IntervalFinder::add(std::string_view series, Instant start, const TimeResolver& times) {
  const auto [found, is_new] = series_.try_emplace(std::string(series));
  auto& known = found->second;
  if (known.rows >= csv_inference_rows_max) {
    return true;
  }
  if (!is_new) {
    const auto gap = std::chrono::abs(std::chrono::floor<Seconds>(start - known.last));
    if (gap > Seconds(0) && (known.smallest_gap == Seconds(0) || gap < known.smallest_gap)) {
      known.smallest_gap = gap;
    }
  }
  known.last = start;
  known.rows += 1;
  known.all_midnights = known.all_midnights && times.day_from(start).has_value();
  return series_.size() <= csv_series_max;
}

Checked<Seconds> IntervalFinder::interval(std::string_view series, Instant start,
                                          const TimeResolver& times) const {
  const auto found = series_.find(std::string(series));
  if (found == series_.end() || found->second.smallest_gap == Seconds(0)) {
    return reject(RejectionCode::no_interval,
                  "says neither its end nor its duration, and no other row tells the interval");
  }
  const auto& known = found->second;
  if (known.smallest_gap > hour && known.smallest_gap < shortest_day) {
    return reject(RejectionCode::no_interval,
                  fmt::format("says neither its end nor its duration, and the rows are {} s apart, "
                              "which may be a gap: state the interval",
                              known.smallest_gap.count()));
  }
  if (!known.all_midnights || known.smallest_gap > interval_max) {
    return known.smallest_gap;
  }
  if (const auto day = times.day_from(start)) {
    return *day;
  }
  return reject(RejectionCode::no_interval,
                "begins at no local midnight, as the rows before it do, and does not say its end");
}

}  // namespace wattback::importers

#include "meters/meter.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "base/sha256.h"

namespace wattback::meters {
namespace {

bool is_local_day(const TimeZone& zone, const Interval& interval) {
  const auto day = zone.day_of(interval.start);
  return zone.start_of(day) == interval.start &&
         zone.start_of(day + std::chrono::days(1)) == interval.end();
}

Seconds phase_of(const Interval& interval, Seconds cadence) {
  const auto start = std::chrono::floor<Seconds>(interval.start).time_since_epoch();
  const auto phase = start % cadence;
  return phase < Seconds(0) ? phase + cadence : phase;
}

}  // namespace

const store::Codec<Meter>& codec() {
  static const store::Codec<Meter> codec(
      collection,
      {store::field<&Meter::meter_id>("meter_id"), store::field<&Meter::user_id>("user_id"),
       store::field<&Meter::label>("label"), store::field<&Meter::identifier>("identifier"),
       store::field<&Meter::identifier_digest>("identifier_digest"),
       store::field<&Meter::time_zone>("time_zone"), store::field<&Meter::cadence>("cadence"),
       store::field<&Meter::phase>("phase"), store::field<&Meter::version>("version")});
  return codec;
}

store::Key key(const UserId& user, const MeterId& id) {
  return {.collection = collection, .values = {id.uuid}, .shard = user.uuid};
}

store::Key label_key(const UserId& user, std::string_view label) {
  return {.collection = collection,
          .index = index_label,
          .values = {user.uuid, std::string(label)},
          .shard = user.uuid};
}

MeterReference new_reference(const UserId& user, std::string_view label,
                             const std::optional<std::string>& identifier) {
  const std::array<std::string_view, 2> parts =
      identifier ? std::array<std::string_view, 2>{"identifier", *identifier}
                 : std::array<std::string_view, 2>{"label", label};
  return {.meter_id = MeterId{derive_uuid("meter", user, parts)},
          .label = std::string(label),
          .identifier = identifier,
          .is_draft = true};
}

Digest identifier_digest(std::string_view identifier) { return sha256(identifier); }

Meter fixed_by(Meter meter, const TimeZone& zone, const Interval& first) {
  check(!meter.is_fixed());
  meter.time_zone = zone;
  if (is_local_day(zone, first)) {
    meter.cadence = local_day_cadence;
    meter.phase = Seconds(0);
  } else {
    meter.cadence = first.duration;
    meter.phase = phase_of(first, first.duration);
  }
  return meter;
}

std::optional<std::string> find_misfit(const Meter& meter, const Interval& interval) {
  check(meter.is_fixed());
  if (*meter.cadence == local_day_cadence) {
    if (is_local_day(*meter.time_zone, interval)) {
      return std::nullopt;
    }
    return fmt::format(
        "meter '{}' has a reading a local day of {}; this one is not from midnight to "
        "midnight there",
        meter.label, meter.time_zone->name());
  }
  if (interval.duration != *meter.cadence) {
    return fmt::format("meter '{}' has a reading every {} s; this one covers {} s", meter.label,
                       meter.cadence->count(), interval.duration.count());
  }
  if (phase_of(interval, *meter.cadence) != *meter.phase) {
    return fmt::format(
        "meter '{}' has readings that start {} s after a multiple of {} s; this one "
        "would overlap two of them",
        meter.label, meter.phase->count(), meter.cadence->count());
  }
  return std::nullopt;
}

}  // namespace wattback::meters

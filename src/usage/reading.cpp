#include "usage/reading.h"

#include <fmt/format.h>

namespace wattback::usage {

const store::Codec<Reading>& codec() {
  static const store::Codec<Reading> codec(
      collection,
      {store::field<&Reading::usage_id>("usage_id"), store::field<&Reading::user_id>("user_id"),
       store::field<&Reading::meter_id>("meter_id"), store::field<&Reading::date>("date"),
       store::field<&Reading::duration>("duration"), store::field<&Reading::day>("day"),
       store::field<&Reading::energy_consumed>("energy_consumed"),
       store::field<&Reading::energy_type>("energy_type"),
       store::field<&Reading::points_earned>("points_earned"),
       store::field<&Reading::quality>("quality"), store::field<&Reading::as_of>("as_of"),
       store::field<&Reading::import_id>("import_id"),
       store::field<&Reading::rules_version>("rules_version"),
       store::field<&Reading::revision>("revision"),
       store::field<&Reading::created_at>("created_at"),
       store::field<&Reading::version>("version")});
  return codec;
}

const store::Codec<UsageDaily>& daily_codec() {
  static const store::Codec<UsageDaily> codec(
      daily_collection,
      {store::field<&UsageDaily::user_id>("user_id"), store::field<&UsageDaily::day>("day"),
       store::field<&UsageDaily::renewable>("renewable"),
       store::field<&UsageDaily::non_renewable>("non_renewable"),
       store::field<&UsageDaily::readings>("readings"), store::field<&UsageDaily::award>("award"),
       store::field<&UsageDaily::points_earned>("points_earned"),
       store::field<&UsageDaily::rules_version>("rules_version"),
       store::field<&UsageDaily::version>("version")});
  return codec;
}

store::Key key(const UserId& user, const UsageId& id) {
  return {.collection = collection, .values = {id.uuid}, .shard = user.uuid};
}

store::Key daily_key(const UserId& user, Day day) {
  return {.collection = daily_collection, .values = {user.uuid, day}, .shard = user.uuid};
}

Instant earliest_start() { return Instant(make_day(2000, 1, 1).time_since_epoch()); }

Result<void> check_reading(const ReadingInput& input, Instant now) {
  const auto& [start, duration] = input.interval;
  if (start < earliest_start()) {
    return fail_field("start", "is before the year 2000");
  }
  if (start != std::chrono::floor<Seconds>(start)) {
    return fail_field("start", "must be a whole second");
  }
  if (duration < Seconds(1) || duration > duration_max) {
    return fail_field("duration",
                      fmt::format("must be 1 s to {} h",
                                  std::chrono::floor<std::chrono::hours>(duration_max).count()));
  }
  if (input.interval.end() > now + ahead_max) {
    return fail_field("start", "the interval ends in the future");
  }
  if (input.energy < Energy{0}) {
    return fail_field("energy_consumed", "is negative");
  }
  if (input.energy > reading_energy_max) {
    return std::unexpected(Error{
        .code = ErrorCode::limit_exceeded,
        .detail = fmt::format("energy_consumed: is above {} kWh", to_text(reading_energy_max)),
        .fields = {{"energy_consumed", "limit_exceeded", "is too much for one reading"}},
        .log = {}});
  }
  if (input.quality && (*input.quality < 0 || *input.quality > quality_max)) {
    return fail_field("quality", "must be 0 to 255");
  }
  if (input.as_of && *input.as_of > now + ahead_max) {
    return fail_field("as_of", "is in the future");
  }
  return {};
}

}  // namespace wattback::usage

// Readings of meters, and the day they add up to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/energy.h"
#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "earning/rules.h"
#include "meters/meter.h"
#include "store/codec.h"

namespace wattback::usage {

struct Reading {
  UsageId usage_id;
  UserId user_id;
  MeterId meter_id;
  Instant date;         // start of the interval
  Seconds duration{0};  // its length
  Day day;              // the local day of its start, in its meter's zone
  Energy energy_consumed;
  EnergyType energy_type = EnergyType::renewable;
  Points points_earned;                 // attributed in command order; may be negative
  std::optional<std::int64_t> quality;  // ESPI QualityOfReading, as the source gave it
  Instant as_of;                        // when the standing value was made at its source
  std::optional<ImportId> import_id;    // the import it came from
  std::int64_t rules_version = 1;       // in force on its day
  std::int64_t revision = 1;            // counts the values it has had
  Instant created_at;
  std::int64_t version = 1;
};

struct UsageDaily {
  UserId user_id;
  Day day;
  Energy renewable;
  Energy non_renewable;
  std::int64_t readings = 0;
  Nanopoints award;  // exactly what has been awarded for the day so far
  Points points_earned;
  std::int64_t rules_version = 1;
  std::int64_t version = 1;

  earning::DayEnergy energy() const { return {renewable, non_renewable}; }
};

inline constexpr store::Collection collection{"energy_usage"};
inline constexpr store::Collection daily_collection{"usage_daily"};
inline constexpr std::string_view index_user = "user_id";
inline constexpr std::string_view index_date = "date";

const store::Codec<Reading>& codec();
const store::Codec<UsageDaily>& daily_codec();
store::Key key(const UserId& user, const UsageId& id);
store::Key daily_key(const UserId& user, Day day);

// What a source says of one interval.
struct ReadingInput {
  meters::Interval interval;
  Energy energy;
  EnergyType type = EnergyType::renewable;
  std::optional<std::int64_t> quality;
  std::optional<Instant> as_of;  // stated: the value may restate another; absent: it may not
};

inline constexpr Seconds duration_max{25 * 3600};
inline constexpr Energy reading_energy_max{100'000'000'000};  // 100,000 kWh
inline constexpr Milliseconds ahead_max = std::chrono::minutes(5);
inline constexpr std::int64_t quality_max = 255;
Instant earliest_start();  // 2000-01-01T00:00:00Z

// What keeps a reading from being taken at all, by itself.
Result<void> check_reading(const ReadingInput& input, Instant now);

}  // namespace wattback::usage

#include "meters/meter.h"

#include <gtest/gtest.h>

namespace wattback::meters {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TimeZone zone(std::string_view name) { return *TimeZone::find(name); }

Interval interval(std::string_view start, Seconds duration) {
  return {.start = *parse_instant(start), .duration = duration};
}

Meter fixed(std::string_view zone_name, std::string_view start, Seconds duration) {
  return fixed_by(Meter{.label = "default"}, zone(zone_name), interval(start, duration));
}

bool fits(const Meter& meter, std::string_view start, Seconds duration) {
  return !find_misfit(meter, interval(start, duration)).has_value();
}

TEST(FixedBy, TakesTheZoneAndTheCadenceInSeconds) {
  const auto meter = fixed("Europe/Berlin", "2026-05-01T10:00:00Z", hours(1));
  EXPECT_EQ(meter.time_zone, zone("Europe/Berlin"));
  EXPECT_EQ(meter.cadence, hours(1));
  EXPECT_EQ(meter.phase, Seconds(0));
}

TEST(FixedBy, TakesThePhaseFromTheStart) {
  EXPECT_EQ(fixed("Asia/Kolkata", "2026-05-01T10:30:00Z", hours(1)).phase, minutes(30));
  EXPECT_EQ(fixed("UTC", "2026-05-01T10:45:00Z", minutes(30)).phase, minutes(15));
  EXPECT_EQ(fixed("UTC", "2026-05-01T10:00:07Z", minutes(15)).phase, Seconds(7));
  EXPECT_EQ(fixed("UTC", "1969-12-31T23:59:50Z", minutes(1)).phase, Seconds(50));
}

TEST(FixedBy, IsTheLocalDayFromMidnightToMidnight) {
  for (const auto& meter : {fixed("Europe/Berlin", "2026-05-01T00:00:00+02:00", hours(24)),
                            fixed("Europe/Berlin", "2026-03-29T00:00:00+01:00", hours(23)),
                            fixed("Europe/Berlin", "2026-10-25T00:00:00+02:00", hours(25)),
                            fixed("UTC", "2026-05-01T00:00:00Z", hours(24))}) {
    EXPECT_EQ(meter.cadence, local_day_cadence);
    EXPECT_EQ(meter.phase, Seconds(0));
  }
}

TEST(FixedBy, IsNoLocalDayWhereMidnightIsAnotherOrTheDayIsLonger) {
  const auto utc_day = fixed("Europe/Berlin", "2026-05-01T00:00:00Z", hours(24));
  EXPECT_EQ(utc_day.cadence, hours(24));
  EXPECT_EQ(utc_day.phase, Seconds(0));
  EXPECT_EQ(fixed("Europe/Berlin", "2026-03-29T00:00:00+01:00", hours(24)).cadence, hours(24));
  EXPECT_EQ(fixed("Europe/Berlin", "2026-05-01T00:00:00+02:00", hours(23)).cadence, hours(23));
}

TEST(FindMisfit, AnotherCadenceOrPhase) {
  const auto meter = fixed("UTC", "2026-05-01T10:30:00Z", hours(1));
  EXPECT_TRUE(fits(meter, "2026-05-01T11:30:00Z", hours(1)));
  EXPECT_TRUE(fits(meter, "2001-01-01T00:30:00Z", hours(1)));
  EXPECT_FALSE(fits(meter, "2026-05-01T11:00:00Z", hours(1)));
  EXPECT_FALSE(fits(meter, "2026-05-01T11:30:01Z", hours(1)));
  EXPECT_FALSE(fits(meter, "2026-05-01T11:30:00Z", minutes(30)));
  EXPECT_FALSE(fits(meter, "2026-05-01T11:30:00Z", hours(2)));
}

TEST(FindMisfit, LocalDaysAreAsLongAsTheClockMakesThem) {
  const auto meter = fixed("Europe/Berlin", "2026-05-01T00:00:00+02:00", hours(24));
  EXPECT_TRUE(fits(meter, "2026-03-28T00:00:00+01:00", hours(24)));
  EXPECT_TRUE(fits(meter, "2026-03-29T00:00:00+01:00", hours(23)));
  EXPECT_TRUE(fits(meter, "2026-03-30T00:00:00+02:00", hours(24)));
  EXPECT_TRUE(fits(meter, "2026-10-25T00:00:00+02:00", hours(25)));
  EXPECT_FALSE(fits(meter, "2026-03-29T00:00:00+01:00", hours(24)));
  EXPECT_FALSE(fits(meter, "2026-10-25T00:00:00+02:00", hours(24)));
  EXPECT_FALSE(fits(meter, "2026-05-02T01:00:00+02:00", hours(24)));
  EXPECT_FALSE(fits(meter, "2026-05-02T00:00:00Z", hours(24)));
}

TEST(FindMisfit, ALocalDayMayBeginAfterASkippedMidnight) {
  // In São Paulo the clock went from 00:00 to 01:00 on 2018-11-04.
  const auto meter = fixed("America/Sao_Paulo", "2018-11-03T00:00:00-03:00", hours(24));
  EXPECT_EQ(meter.cadence, local_day_cadence);
  EXPECT_TRUE(fits(meter, "2018-11-04T01:00:00-02:00", hours(23)));
  EXPECT_TRUE(fits(meter, "2018-11-05T00:00:00-02:00", hours(24)));
}

TEST(NewReference, DerivesTheIdFromTheIdentifierOrElseTheLabel) {
  const UserId one{derive_uuid("user", {})};
  const UserId other{};
  const auto id = [](const UserId& user, std::string_view label,
                     const std::optional<std::string>& identifier = std::nullopt) {
    return new_reference(user, label, identifier).meter_id;
  };
  EXPECT_EQ(id(one, "roof"), id(one, "roof"));
  EXPECT_NE(id(one, "roof"), id(one, "garage"));
  EXPECT_NE(id(one, "roof"), id(other, "roof"));
  EXPECT_NE(id(one, "roof"), id(one, "roof", "DE001"));
  EXPECT_NE(id(one, "DE001"), id(one, "roof", "DE001"));
  EXPECT_EQ(id(one, "roof", "DE001"), id(one, "garage", "DE001"));
}

}  // namespace
}  // namespace wattback::meters

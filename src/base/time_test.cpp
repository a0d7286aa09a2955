#include "base/time.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace wattback {
namespace {

Instant at(std::string_view text) {
  const auto instant = parse_instant(text);
  EXPECT_TRUE(instant.has_value()) << text;
  return instant.value_or(Instant{});
}

TimeZone zone(std::string_view name) {
  const auto found = TimeZone::find(name);
  EXPECT_TRUE(found.has_value()) << name;
  return found.value_or(TimeZone::utc());
}

Day day(std::string_view text) {
  const auto parsed = parse_day(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Day{});
}

LocalTime local(std::string_view text) {
  const auto parsed = parse_time(text);
  EXPECT_TRUE(parsed && std::holds_alternative<LocalTime>(*parsed)) << text;
  return std::get<LocalTime>(*parsed);
}

TEST(Time, WritesRfc3339) {
  EXPECT_EQ(to_text(Instant{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_text(Instant{Milliseconds{1'795'516'380'123}}), "2026-11-24T10:33:00.123Z");
  EXPECT_EQ(to_text(Instant{Milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_text(make_day(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(to_text(make_day(1, 1, 1)), "0001-01-01");
}

TEST(Time, ReadsInstants) {
  struct {
    std::string_view text;
    std::string_view utc;
  } constexpr cases[] = {
      {"2026-11-24T10:30:00Z", "2026-11-24T10:30:00Z"},
      {"2026-11-24t10:30:00z", "2026-11-24T10:30:00Z"},
      {"2026-11-24 10:30:00Z", "2026-11-24T10:30:00Z"},
      {"2026-11-24T10:30Z", "2026-11-24T10:30:00Z"},
      {"2026-11-24T10:30:00.5Z", "2026-11-24T10:30:00.500Z"},
      {"2026-11-24T10:30:00.25Z", "2026-11-24T10:30:00.250Z"},
      {"2026-11-24T10:30:00.123Z", "2026-11-24T10:30:00.123Z"},
      {"2026-11-24T10:30:00.123000Z", "2026-11-24T10:30:00.123Z"},
      {"2026-11-24T10:30:00+05:30", "2026-11-24T05:00:00Z"},
      {"2026-11-24T10:30:00+0530", "2026-11-24T05:00:00Z"},
      {"2026-11-24T10:30:00-03", "2026-11-24T13:30:00Z"},
      {"2026-11-24T23:30:00-01:00", "2026-11-25T00:30:00Z"},
      {"2026-11-24T10:30:00-00:00", "2026-11-24T10:30:00Z"},
      {"2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
  };
  for (const auto& [text, utc] : cases) {
    const auto instant = parse_instant(text);
    ASSERT_TRUE(instant.has_value()) << text;
    EXPECT_EQ(to_text(*instant), utc);
  }
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const auto* text :
       {"", "2026", "2026-11-24", "2026-11-24T", "2026-11-24T10", "2026-11-24T10Z",
        "2026-11-24T10:30:Z", "2026-11-24T10:30:00.Z", "2026-11-24T10:30:00.1234Z",
        "2026-11-24T24:00:00Z", "2026-11-24T10:60:00Z", "2026-11-24T10:30:60Z",
        "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z", "0000-01-01T00:00:00Z",
        "26-11-24T10:30:00Z", "2026-1-24T10:30:00Z", "2026-11-24T1:30:00Z", "2026/11/24T10:30:00Z",
        "2026-11-24  10:30:00Z", "2026-11-24_10:30:00Z", "2026-11-24T10:30:00+24:00",
        "2026-11-24T10:30:00+05:60", "2026-11-24T10:30:00+5",
        "2026-11-24T10:30:00+05:", "2026-11-24T10:30:00+05:3", "2026-11-24T10:30:00 Z",
        "2026-11-24T10:30:00ZZ", "2026-11-24T10:30:00Z ", " 2026-11-24T10:30:00Z",
        "-2026-11-24T10:30:00Z", "2026-11-24T10:30:00−01:00",
        // Beyond the years that can be written.
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"}) {
    const auto parsed = parse_time(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_NE(parsed.error().detail.find("is no time such as 2026-11-24T10:30:00Z"),
              std::string::npos);
  }
}

TEST(Time, WithoutAnOffsetItIsALocalTime) {
  EXPECT_EQ(local("2026-11-24T10:30"), make_day(2026, 11, 24) + std::chrono::minutes(630));
  EXPECT_EQ(local("2026-11-24 10:30:00.5"), make_day(2026, 11, 24) + Milliseconds(37'800'500));
  const auto instant = parse_instant("2026-11-24T10:30");
  ASSERT_FALSE(instant.has_value());
  EXPECT_EQ(instant.error().detail,
            "'2026-11-24T10:30' lacks its offset from UTC, such as Z or +01:00");
}

TEST(Time, ARefusalShowsTheTextItRefuses) {
  EXPECT_EQ(parse_time("soon").error().detail, "'soon' is no time such as 2026-11-24T10:30:00Z");
  EXPECT_EQ(parse_time("a\xFFz\n").error().detail,
            "'a?z?' is no time such as 2026-11-24T10:30:00Z");
}

TEST(Time, EveryInstantReadsBack) {
  std::mt19937_64 random(20'260'108);
  const auto first = at("0001-01-01T00:00:00Z").time_since_epoch().count();
  const auto last = at("9999-12-31T23:59:59.999Z").time_since_epoch().count();
  std::uniform_int_distribution<std::int64_t> any(first, last);
  for (int i = 0; i < 20'000; ++i) {
    const Instant instant{Milliseconds{any(random)}};
    ASSERT_EQ(parse_instant(to_text(instant)), instant);
  }
}

TEST(Day, ReadsAndWrites) {
  EXPECT_EQ(parse_day("2024-02-29"), make_day(2024, 2, 29));
  for (const auto* text : {"", "2023-02-29", "2024-2-9", "2024-02-29 ", "2024-02-29T00:00",
                           "20240229", "0000-01-01", "02024-02-29"}) {
    EXPECT_EQ(parse_day(text), std::nullopt) << text;
  }
}

TEST(DayDeathTest, ADayThatIsNoneIsAProgrammersError) {
  EXPECT_DEATH(make_day(2023, 2, 29), "a condition does not hold");
}

TEST(TimeZone, IsFoundByItsNameAlone) {
  EXPECT_EQ(zone("Europe/Lisbon").name(), "Europe/Lisbon");
  EXPECT_EQ(zone("America/Argentina/Buenos_Aires").name(), "America/Argentina/Buenos_Aires");
  EXPECT_EQ(zone("Etc/GMT+5").day_of(at("2026-01-01T04:00:00Z")), day("2025-12-31"));
  EXPECT_EQ(zone("Europe/Lisbon"), zone("Europe/Lisbon"));
  EXPECT_NE(zone("Europe/Lisbon"), zone("Europe/London"));
  EXPECT_EQ(zone("UTC"), TimeZone::utc());
  for (const auto& name :
       {std::string(), std::string("Europe"), std::string("Europe/"), std::string("Mars/Olympus"),
        std::string("europe/lisbon"), std::string("/etc/passwd"), std::string("../Europe/Lisbon"),
        std::string("Europe/../Europe/Lisbon"), std::string("Europe/Lisbon "), std::string("CEST"),
        std::string("+01:00"), std::string("zone.tab"), std::string("localtime"),
        std::string("posixrules"), std::string("right/Europe/Lisbon"),
        std::string("posix/Europe/Lisbon"), std::string(65, 'A'),
        std::string("Europe/Lisbon\0", 14), std::string("a\xFF")}) {
    const auto found = TimeZone::find(name);
    EXPECT_FALSE(found.has_value()) << name;
    if (found) {
      continue;
    }
    EXPECT_EQ(found.error().code, ErrorCode::invalid);
    EXPECT_NE(found.error().detail.find("is no time zone such as Europe/Lisbon"),
              std::string::npos);
  }
}

// Only days gone by: what governments decide next is no fault of ours.
// The clock's changes: the first and the last instant of each day, and its length.
TEST(TimeZone, ADayRunsFromItsFirstInstantToTheNext) {
  struct {
    std::string_view zone;
    std::string_view day;
    std::string_view start;
    int minutes;
  } constexpr cases[] = {
      {"UTC", "2025-03-30", "2025-03-30T00:00:00Z", 1440},
      {"Asia/Kolkata", "2025-03-30", "2025-03-29T18:30:00Z", 1440},
      {"Asia/Kathmandu", "2025-03-30", "2025-03-29T18:15:00Z", 1440},
      {"Europe/London", "2025-03-30", "2025-03-30T00:00:00Z", 1380},
      {"Europe/London", "2025-10-26", "2025-10-25T23:00:00Z", 1500},
      {"America/New_York", "2025-03-09", "2025-03-09T05:00:00Z", 1380},
      {"America/New_York", "2025-11-02", "2025-11-02T04:00:00Z", 1500},
      {"Australia/Lord_Howe", "2025-10-05", "2025-10-04T13:30:00Z", 1410},
      {"Australia/Lord_Howe", "2025-04-06", "2025-04-05T13:00:00Z", 1470},
      // Midnight is skipped: the day starts at one o'clock.
      {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 1380},
      {"Asia/Beirut", "2025-03-30", "2025-03-29T22:00:00Z", 1380},
      {"America/Havana", "2025-03-09", "2025-03-09T05:00:00Z", 1380},
      // Midnight comes twice, or the hour before it.
      {"America/Havana", "2025-11-02", "2025-11-02T04:00:00Z", 1500},
      {"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 1500},
      // A day that never was: Samoa moved over the date line.
      {"Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", 1440},
      {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0},
      {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 1440},
  };
  for (const auto& expected : cases) {
    const auto where = zone(expected.zone);
    const auto which = day(expected.day);
    const auto start = where.start_of(which);
    const auto end = where.start_of(which + std::chrono::days(1));
    EXPECT_EQ(to_text(start), expected.start) << expected.zone << " " << expected.day;
    EXPECT_EQ(end - start, std::chrono::minutes(expected.minutes))
        << expected.zone << " " << expected.day;
    if (expected.minutes > 0) {
      EXPECT_EQ(where.day_of(start), which) << expected.zone;
      EXPECT_EQ(where.day_of(end - Milliseconds(1)), which) << expected.zone;
    }
  }
}

TEST(TimeZone, EveryDayHoldsExactlyItsInstants) {
  for (const auto* name :
       {"UTC", "Europe/London", "Europe/Lisbon", "America/New_York", "America/Sao_Paulo",
        "America/Havana", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe",
        "Australia/Adelaide", "Africa/Casablanca", "America/Nuuk", "Pacific/Auckland",
        "Asia/Tehran", "Antarctica/Troll", "Europe/Dublin"}) {
    const auto where = zone(name);
    for (auto which = make_day(2000, 1, 1); which < make_day(2026, 1, 1);
         which += std::chrono::days(1)) {
      const auto start = where.start_of(which);
      ASSERT_EQ(where.day_of(start), which) << name << " " << to_text(which);
      ASSERT_EQ(where.day_of(start - Milliseconds(1)), which - std::chrono::days(1))
          << name << " " << to_text(which);
    }
  }
}

struct LocalCase {
  std::string_view zone;
  std::string_view local;
  std::string_view first;  // empty: no such time
  std::string_view second;
};

TEST(TimeZone, ALocalTimeHasNoneOneOrTwoInstants) {
  constexpr LocalCase cases[] = {
      {"Asia/Kolkata", "2025-06-01T00:30", "2025-05-31T19:00:00Z", ""},
      {"Europe/London", "2025-06-01T12:00", "2025-06-01T11:00:00Z", ""},
      {"Europe/London", "2025-03-30T00:59:59.999", "2025-03-30T00:59:59.999Z", ""},
      {"Europe/London", "2025-03-30T01:00", "", ""},
      {"Europe/London", "2025-03-30T01:59:59.999", "", ""},
      {"Europe/London", "2025-03-30T02:00", "2025-03-30T01:00:00Z", ""},
      {"Europe/London", "2025-10-26T00:59:59", "2025-10-25T23:59:59Z", ""},
      {"Europe/London", "2025-10-26T01:00", "2025-10-26T00:00:00Z", "2025-10-26T01:00:00Z"},
      {"Europe/London", "2025-10-26T01:59:59.500", "2025-10-26T00:59:59.500Z",
       "2025-10-26T01:59:59.500Z"},
      {"Europe/London", "2025-10-26T02:00", "2025-10-26T02:00:00Z", ""},
      {"America/New_York", "2025-03-09T02:30", "", ""},
      {"America/New_York", "2025-11-02T01:30", "2025-11-02T05:30:00Z", "2025-11-02T06:30:00Z"},
      {"Australia/Lord_Howe", "2025-10-05T02:15", "", ""},
      {"Australia/Lord_Howe", "2025-10-05T02:30", "2025-10-04T15:30:00Z", ""},
      {"Australia/Lord_Howe", "2025-04-06T01:45", "2025-04-05T14:45:00Z", "2025-04-05T15:15:00Z"},
      {"America/Sao_Paulo", "2018-11-04T00:00", "", ""},
      {"Asia/Beirut", "2025-03-30T00:30", "", ""},
      {"Pacific/Apia", "2011-12-30T12:00", "", ""},
  };
  for (const auto& expected : cases) {
    const auto instants = zone(expected.zone).instants_of(local(expected.local));
    const auto shown = [](const std::optional<Instant>& instant) {
      return instant ? to_text(*instant) : std::string();
    };
    EXPECT_EQ(shown(instants.first), expected.first) << expected.zone << " " << expected.local;
    EXPECT_EQ(shown(instants.second), expected.second) << expected.zone << " " << expected.local;
  }
}

TEST(SystemClock, GoesOn) {
  const auto before = system_now();
  EXPECT_LE(before, system_now());
  EXPECT_GT(before, at("2025-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace wattback

#include "usage/reads.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>

#include "base/check.h"
#include "earning/commands.h"
#include "store/memory/memory_store.h"
#include "usage/commands.h"
#include "users/commands.h"

namespace wattback::usage {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

UserId user_named(std::string_view name) {
  const std::array parts{name};
  return {derive_uuid("user", parts)};
}

// A store in memory, whose commands are committed one by one.
class ReadsTest : public testing::Test {
 protected:
  ReadsTest() {
    store_->apply_schema(store::product_schema());
    run(earning::StartProgramme{.name = "Sunny Street", .now = now_});
  }

  template <commit::Command C>
  C::Reply run(const C& command) {
    commit::Workspace workspace(*store_, store::product_schema());
    workspace.load(command.keys());
    workspace.begin();
    auto reply = command.decide(workspace);
    check(reply.has_value());
    workspace.keep();
    check(store_->commit(workspace.take_changes()).has_value());
    return *std::move(reply);
  }

  void add_user(std::string_view name, std::string_view zone) {
    run(users::CreateUser{.user = user_named(name),
                          .name = std::string(name),
                          .email = std::string(name) + "@example.org",
                          .time_zone = *TimeZone::find(zone),
                          .now = now_});
  }

  // Hourly readings from this start on, of one kWh each, at most as many as one command takes.
  void read(std::string_view name, std::string_view start, int count,
            EnergyType type = EnergyType::renewable, std::string_view meter = "default") {
    const auto user = user_named(name);
    RecordReadings record{
        .user = user, .meter = meters::new_reference(user, meter, std::nullopt), .now = now_};
    for (int i = 0; i < count; ++i) {
      record.readings.push_back(
          {.interval = {.start = *parse_instant(start) + hours(i), .duration = hours(1)},
           .energy = Energy{1'000'000},
           .type = type});
    }
    for (const auto& reading : run(record).readings) {
      ASSERT_EQ(reading.outcome, Outcome::accepted);
    }
  }

  std::vector<std::string> report(Day first, Day last) {
    std::vector<std::string> lines;
    usage::report(*store_, first, last, [&](const ReportDay& day) {
      lines.push_back(fmt::format("{} {}+{} kWh {} readings {} members {} points", to_text(day.day),
                                  to_text(day.renewable), to_text(day.non_renewable), day.readings,
                                  day.members, day.points_earned.count));
    });
    return lines;
  }

  std::vector<std::string> starts_of(std::string_view name, Day day) {
    std::vector<std::string> starts;
    for (const auto& reading : list_of_day(*store_, user_named(name), day)) {
      EXPECT_EQ(reading.day, day);
      starts.push_back(to_text(reading.date));
    }
    return starts;
  }

  store::Store& store() { return *store_; }

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  Instant now_ = *parse_instant("2026-06-01T12:00:00Z");
};

TEST_F(ReadsTest, AReportGathersTheLocalDaysOfAllZones) {
  add_user("kiribati", "Pacific/Kiritimati");  // 14 h ahead of UTC
  add_user("hawaii", "Pacific/Honolulu");      // 10 h behind
  add_user("london", "UTC");
  read("kiribati", "2026-04-30T10:00:00Z", 24);  // all of 1 May there
  read("hawaii", "2026-05-01T10:00:00Z", 24);    // and there
  read("london", "2026-05-01T23:00:00Z", 2, EnergyType::non_renewable);
  EXPECT_THAT(report(make_day(2026, 4, 1), make_day(2026, 6, 1)),
              ElementsAre("2026-05-01 48+1 kWh 49 readings 3 members 480 points",
                          "2026-05-02 0+1 kWh 1 readings 1 members 0 points"));
}

TEST_F(ReadsTest, AReportKeepsToItsDaysWhereverTheirReadingsLie) {
  add_user("kiribati", "Pacific/Kiritimati");
  add_user("hawaii", "Pacific/Honolulu");
  read("kiribati", "2026-04-30T08:00:00Z", 28);  // two hours before 1 May, two after
  read("hawaii", "2026-05-01T08:00:00Z", 28);
  EXPECT_THAT(report(make_day(2026, 5, 1), make_day(2026, 5, 1)),
              ElementsAre("2026-05-01 48+0 kWh 48 readings 2 members 480 points"));
  EXPECT_THAT(report(make_day(2026, 5, 3), make_day(2026, 5, 4)), IsEmpty());
}

TEST_F(ReadsTest, AReportHandsOnItsDaysInOrder) {
  add_user("kiribati", "Pacific/Kiritimati");
  add_user("hawaii", "Pacific/Honolulu");
  for (const auto* start : {"2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z", "2026-05-05T10:00:00Z",
                            "2026-05-03T10:00:00Z", "2026-05-04T10:00:00Z"}) {
    read("kiribati", start, 1);
    read("hawaii", start, 1);
  }
  const auto lines = report(make_day(2026, 5, 1), make_day(2026, 5, 6));
  std::vector<std::string> days;
  days.reserve(lines.size());
  for (const auto& line : lines) {
    days.push_back(line.substr(0, 10));
  }
  EXPECT_THAT(days, ElementsAre("2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04",
                                "2026-05-05", "2026-05-06"));
}

TEST_F(ReadsTest, TheReadingsOfADayAreThoseOfItsMetersZone) {
  add_user("kiribati", "Pacific/Kiritimati");
  read("kiribati", "2026-04-30T09:00:00Z", 2);
  read("kiribati", "2026-05-01T09:00:00Z", 2);
  EXPECT_THAT(starts_of("kiribati", make_day(2026, 5, 1)),
              ElementsAre("2026-04-30T10:00:00Z", "2026-05-01T09:00:00Z"));
  EXPECT_THAT(starts_of("kiribati", make_day(2026, 5, 3)), IsEmpty());
}

TEST_F(ReadsTest, ADayMayHoldReadingsOfMetersInTwoZones) {
  add_user("mover", "Pacific/Kiritimati");
  read("mover", "2026-04-30T10:00:00Z", 1);
  run(users::EditUser{.user = user_named("mover"),
                      .time_zone = *TimeZone::find("Pacific/Honolulu"),
                      .now = *parse_instant("2026-06-01T12:00:00Z")});
  read("mover", "2026-05-02T09:00:00Z", 2, EnergyType::renewable, "beach");
  EXPECT_THAT(starts_of("mover", make_day(2026, 5, 1)),
              ElementsAre("2026-04-30T10:00:00Z", "2026-05-02T09:00:00Z"));
  EXPECT_EQ(find_day(store(), user_named("mover"), make_day(2026, 5, 1))->readings, 2);
}

TEST_F(ReadsTest, MonthsAreSumsOfLocalDays) {
  add_user("hawaii", "Pacific/Honolulu");
  read("hawaii", "2026-05-01T08:00:00Z", 4);  // two hours of April, two of May
  read("hawaii", "2025-12-15T10:00:00Z", 1, EnergyType::non_renewable);
  std::vector<std::string> lines;
  for (const auto& month : list_months(store(), user_named("hawaii"), {}, 10, {}).items) {
    lines.push_back(
        fmt::format("{}-{} {}+{} in {}, {} points", static_cast<int>(month.month.year()),
                    static_cast<unsigned>(month.month.month()), to_text(month.renewable),
                    to_text(month.non_renewable), month.readings, month.points_earned.count));
  }
  EXPECT_THAT(lines, ElementsAre("2025-12 0+1 in 1, 0 points", "2026-4 2+0 in 2, 20 points",
                                 "2026-5 2+0 in 2, 20 points"));
  EXPECT_EQ(list_months(store(), user_named("hawaii"),
                        {.first = make_day(2026, 4, 30), .last = make_day(2026, 4, 30)}, 10, {})
                .items.size(),
            1U);
}

TEST_F(ReadsTest, APageNeverCutsAMonth) {
  add_user("ada", "UTC");
  for (const auto* start : {"2026-01-05T10:00:00Z", "2026-01-31T10:00:00Z", "2026-02-01T10:00:00Z",
                            "2026-02-28T10:00:00Z", "2026-04-15T10:00:00Z"}) {
    read("ada", start, 1);
  }
  const auto pages = [&](const DayRange& range, std::size_t limit) {
    std::vector<std::string> lines;
    store::Cursor after;
    do {
      auto page = list_months(store(), user_named("ada"), range, limit, after);
      for (const auto& month : page.items) {
        lines.push_back(
            fmt::format("{} in {}", static_cast<unsigned>(month.month.month()), month.readings));
      }
      lines.emplace_back("|");
      after = std::move(page.next);
    } while (!after.empty());
    return lines;
  };
  EXPECT_THAT(pages({}, 1), ElementsAre("1 in 2", "|", "2 in 2", "|", "4 in 1", "|"));
  EXPECT_THAT(pages({}, 2), ElementsAre("1 in 2", "2 in 2", "|", "4 in 1", "|"));
  EXPECT_THAT(pages({}, 3), ElementsAre("1 in 2", "2 in 2", "4 in 1", "|"));
  EXPECT_THAT(pages({.first = make_day(2026, 1, 6), .last = make_day(2026, 2, 1)}, 1),
              ElementsAre("1 in 1", "|", "2 in 1", "|"));
}

TEST_F(ReadsTest, AFilteredListPagesToItsEnd) {
  add_user("ada", "UTC");
  read("ada", "2026-05-01T00:00:00Z", 20);
  read("ada", "2026-05-01T10:00:00Z", 5, EnergyType::non_renewable);
  std::vector<std::string> starts;
  store::Cursor after;
  do {
    auto page =
        list(store(), user_named("ada"),
             {.before = *parse_instant("2026-05-01T14:00:00Z"), .type = EnergyType::non_renewable},
             2, after);
    for (const auto& reading : page.items) {
      starts.push_back(to_text(reading.date));
    }
    after = std::move(page.next);
  } while (!after.empty());
  EXPECT_THAT(starts, ElementsAre("2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z",
                                  "2026-05-01T12:00:00Z", "2026-05-01T13:00:00Z"));
}

TEST_F(ReadsTest, AReadingIsFoundByItsOwnMemberAlone) {
  add_user("ada", "UTC");
  add_user("grace", "UTC");
  read("ada", "2026-05-01T00:00:00Z", 1);
  const auto id = list(store(), user_named("ada"), {}, 1, {}).items.at(0).usage_id;
  EXPECT_TRUE(find(store(), user_named("ada"), id));
  EXPECT_FALSE(find(store(), user_named("grace"), id));
}

}  // namespace
}  // namespace wattback::usage

// What an import is known by, and that withdrawing it takes back all of it, once.
#include "importers/withdraw.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "importers/input_fixture.h"
#include "importers/run.h"
#include "support/faulty_programme.h"
#include "usage/commands.h"
#include "usage/reads.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

const UserId user{make_uuid_v8({1})};

class Withdrawn : public test_support::FaultyProgramme {
 protected:
  Withdrawn() {
    EXPECT_TRUE(committer().run(
        users::CreateUser{.user = user, .name = "Ana", .email = "ana@example.org", .now = now}));
  }

  ImportResult import(const std::string& text, const std::optional<std::string>& meter = {}) {
    auto input = make_input(text);
    const ImportOptions options{
        .user = user, .meter = meter, .energy_type = EnergyType::renewable, .actor = actor};
    auto imported = run_import(below(), committer(), [] { return now; }, input, options, {});
    EXPECT_TRUE(imported) << imported.error().detail;
    return *std::move(imported);
  }

  std::int64_t withdraw(const ImportId& id) {
    const auto withdrawn =
        withdraw_import(below(), committer(), [] { return now; }, id, "mistake", actor);
    EXPECT_TRUE(withdrawn) << withdrawn.error().detail;
    return withdrawn->restated;
  }

  Points balance() { return users::find(below(), user)->total_points; }
};

// The first meter's reading is the later one.
TEST_F(Withdrawn, ReachesBackToTheEarliestReadingOfAnyPiece) {
  const auto imported = import(
      "start,duration,value,meter\n2026-03-02T00:00:00Z,3600,1,attic\n"
      "2026-03-01T00:00:00Z,3600,2,barn\n2026-03-03T00:00:00Z,3600,4,cellar\n");
  EXPECT_EQ(balance(), Points{70});
  EXPECT_EQ(withdraw(imported.import.import_id), 3);
  EXPECT_EQ(balance(), Points{0});
}

TEST_F(Withdrawn, GoesOnBehindAPageOfReadings) {
  constexpr int readings = static_cast<int>(store::page_documents_max) + 1;
  std::string text = "start,duration,value\n";
  for (int i = 0; i < readings; ++i) {
    const auto start = *parse_instant("2026-02-01T00:00:00Z") + i * Seconds(900);
    text += fmt::format("{},900,0.1\n", to_text(start));
  }
  const auto imported = import(text);
  EXPECT_EQ(balance(), Points{readings});
  EXPECT_EQ(withdraw(imported.import.import_id), readings);
  EXPECT_EQ(balance(), Points{0});
}

TEST_F(Withdrawn, TakesAReadingThatIsNamedTwiceBackOnce) {
  const auto imported = import("start,duration,value\n2026-03-01T00:00:00Z,3600,1\n");
  const auto readings = usage::list_of_day(below(), user, make_day(2026, 3, 1));
  ASSERT_EQ(readings.size(), 1U);
  const auto id = readings.front().usage_id;
  const auto reply = committer().run(usage::WithdrawReadings{.user = user,
                                                             .readings = {id, id},
                                                             .import_id = imported.import.import_id,
                                                             .actor = actor,
                                                             .now = now});
  ASSERT_TRUE(reply) << reply.error().log;
  EXPECT_EQ(reply->restated, 1);
  EXPECT_EQ(reply->points, Points{-10});
  EXPECT_EQ(balance(), Points{0});
}

TEST_F(Withdrawn, IsOneImportAndNotThatOfAnotherMeter) {
  const std::string text = "start,duration,value\n2026-03-01T00:00:00Z,3600,1\n";
  const auto attic = import(text, "attic");
  const auto barn = import(text, "barn");
  EXPECT_FALSE(barn.repeated);
  EXPECT_EQ(balance(), Points{20});
  EXPECT_EQ(withdraw(attic.import.import_id), 1);
  EXPECT_EQ(balance(), Points{10});
  EXPECT_TRUE(import(text, "barn").repeated);
}

}  // namespace
}  // namespace wattback::importers

#include "usage/commands.h"

#include <gtest/gtest.h>

#include "earning/commands.h"
#include "store/read.h"
#include "support/commands_fixture.h"
#include "support/faulty_store.h"
#include "usage/explain.h"

namespace wattback::usage {
namespace {

class RecordingTest : public test_support::CommandsFixture {
 protected:
  RecordingTest() { EXPECT_TRUE(run(earning::StartProgramme{.name = "Sunny Street", .now = now})); }

  // An hour of one kWh.
  RecordReadings reading() const {
    return {.user = ada,
            .meter = meters::new_reference(ada, meters::default_label, std::nullopt),
            .readings = {{.interval = {.start = now - std::chrono::hours(24),
                                       .duration = std::chrono::hours(1)},
                          .energy = Energy{1'000'000}}},
            .import_id = std::nullopt,
            .actor = operator_actor,
            .now = now};
  }
};

// Another process records the same after the member was read: the balance of before it is none that
// the member ever had together with the reading.
TEST_F(RecordingTest, ARepeatTellsNoBalanceOfBeforeTheReading) {
  auto& workspace = workspace_of_member();
  EXPECT_EQ(run(reading())->total_points, Points{10});
  EXPECT_EQ(commit::decide_on(workspace, reading()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(reading())->total_points, Points{10});
}

// Another process records an hour more after the day was read, and before its entries are.
TEST_F(RecordingTest, ADayIsExplainedByTheEntriesOfItsAward) {
  const auto id = run(reading())->readings.at(0).usage_id;
  const auto day = store::fetch(store(), codec(), key(ada, id))->day;
  auto later = reading();
  later.readings.at(0).interval.start += std::chrono::hours(1);
  test_support::FaultyStore racing(store());
  int raced = 0;
  racing.set_before_get([&](std::span<const store::Key> keys) {
    if (keys.front().collection == earning::collection && raced++ == 0) {
      EXPECT_TRUE(run(later));
    }
  });
  const auto explained = explain_day(racing, ada, day);
  EXPECT_GE(raced, 1);
  ASSERT_EQ(explained->entries.size(), 2U);
  EXPECT_EQ(explained->readings.size(), 2U);
  EXPECT_EQ(explained->daily.points_earned,
            explained->entries[0].entry.points + explained->entries[1].entry.points);
}

// The rules of a time zone change with a system's updates: an hour may be another day's by then.
TEST_F(RecordingTest, ACorrectionStaysOnTheDayThatHoldsTheReading) {
  const auto id = run(reading())->readings.at(0).usage_id;
  const auto recorded = store::fetch(store(), codec(), key(ada, id)).value();
  const auto daily = store::fetch(store(), daily_codec(), daily_key(ada, recorded.day)).value();
  auto moved = recorded;
  auto moved_daily = daily;
  moved.day -= std::chrono::days(1);
  ++moved.version;
  moved_daily.day = moved.day;
  ASSERT_TRUE(
      store().commit({{store::Replace{collection, codec().encode(recorded), codec().encode(moved)},
                       store::Remove{daily_collection, daily_codec().encode(daily)},
                       store::Insert{daily_collection, daily_codec().encode(moved_daily)}}}));
  auto correction = reading();
  correction.now += std::chrono::hours(1);
  correction.readings.at(0).energy = Energy{3'000'000};
  correction.readings.at(0).as_of = correction.now;
  EXPECT_EQ(run(correction)->readings.at(0).outcome, Outcome::restated);
  EXPECT_EQ(store::fetch(store(), daily_codec(), daily_key(ada, moved.day))->renewable,
            Energy{3'000'000});
  EXPECT_FALSE(store::fetch(store(), daily_codec(), daily_key(ada, recorded.day)));
}

}  // namespace
}  // namespace wattback::usage

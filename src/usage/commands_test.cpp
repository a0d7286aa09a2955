#include "usage/commands.h"

#include <gtest/gtest.h>

#include "earning/commands.h"
#include "support/commands_fixture.h"

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

}  // namespace
}  // namespace wattback::usage

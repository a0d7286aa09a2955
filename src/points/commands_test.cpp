#include "points/commands.h"

#include <gtest/gtest.h>

#include "points/reads.h"
#include "support/commands_fixture.h"

namespace wattback::points {
namespace {

class AdjustmentsTest : public test_support::CommandsFixture {
 protected:
  AdjustPoints adjustment(std::int64_t points, const char* key) const {
    return {.user = ada,
            .points = {points},
            .reason_code = "goodwill",
            .key = {key},
            .actor = operator_actor,
            .now = {}};
  }
};

TEST_F(AdjustmentsTest, ARepeatTellsTheBalanceItLeft) {
  EXPECT_EQ(run(adjustment(50, "a"))->total_points, Points{50});
  EXPECT_EQ(run(adjustment(-20, "b"))->total_points, Points{30});
  const auto again = run(adjustment(50, "a"));
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->total_points, Points{50});
  EXPECT_EQ(run(adjustment(51, "a")).error().code, ErrorCode::key_reused);
}

// Another process writes the member's first entry after the member was read: a repeat of it is to
// be decided again, whether one was appended in its place meanwhile or not.
TEST_F(AdjustmentsTest, ARepeatKnowsAnEntryThatDoesNotFit) {
  commit::Workspace workspace(store(), store::product_schema());
  workspace.load(adjustment(20, "b").keys());
  ASSERT_TRUE(run(adjustment(50, "a")));
  const auto repeat = [&] { return commit::decide_on(workspace, adjustment(50, "a")); };
  EXPECT_EQ(repeat().error().code, ErrorCode::unavailable);
  ASSERT_TRUE(commit::decide_on(workspace, adjustment(20, "b")));
  EXPECT_EQ(repeat().error().code, ErrorCode::unavailable);
}

// What is earned may lift a balance beyond what may be given; taking is not held to that.
TEST_F(AdjustmentsTest, OfABalanceAboveTheMostAreTaken) {
  auto& workspace = workspace_of_member();
  workspace.begin();
  auto member = *workspace.get(users::codec(), users::key(ada));
  member.total_points = points_max + Points{100};
  workspace.replace(users::codec(), member);
  workspace.keep();
  ASSERT_TRUE(store().commit(workspace.take_changes()));
  EXPECT_EQ(run(adjustment(1, "a")).error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(run(adjustment(-1, "b"))->total_points, points_max + Points{99});
}

TEST_F(AdjustmentsTest, AnAdjustmentIsFoundByItsId) {
  const auto made = run(adjustment(50, "a"))->adjustment.adjustment_id;
  EXPECT_EQ(find_adjustment(store(), made)->points, Points{50});
  EXPECT_FALSE(find_adjustment(store(), adjustment_id(ada, {"b"})));
}

}  // namespace
}  // namespace wattback::points

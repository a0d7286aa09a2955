#include "redemptions/commands.h"

#include <gtest/gtest.h>

#include "points/commands.h"
#include "rewards/commands.h"
#include "rewards/reads.h"
#include "support/commands_fixture.h"
#include "support/faulty_store.h"

namespace wattback::redemptions {
namespace {

class RedemptionsTest : public test_support::CommandsFixture {
 protected:
  RedemptionsTest() {
    EXPECT_TRUE(run(rewards::CreateReward{.reward = lamp,
                                          .name = "Lamp",
                                          .description = "",
                                          .points_required = {30},
                                          .stock = 5,
                                          .actor = operator_actor,
                                          .now = now}));
    give(100, "opening");
  }

  void give(std::int64_t points, const char* key) {
    EXPECT_TRUE(run(points::AdjustPoints{.user = ada,
                                         .points = {points},
                                         .reason_code = "goodwill",
                                         .key = {key},
                                         .actor = operator_actor,
                                         .now = now}));
  }

  Redeem redeem(std::string_view key) const {
    return {.user = ada,
            .reward = lamp,
            .key = {std::string(key)},
            .expected_points = std::nullopt,
            .actor = operator_actor,
            .now = now};
  }

  const RewardId lamp{make_uuid_v8({2})};
};

// Another process gives points, and then fulfils, after the member was read: the balance of before
// is none that the member had when it was fulfilled.
TEST_F(RedemptionsTest, FulfillingAgainTellsNoBalanceOfBefore) {
  const auto redeemed = run(redeem("a"));
  ASSERT_TRUE(redeemed);
  const FulfilRedemption fulfil{.user = ada, .redemption = redeemed->redemption.redemption_id};
  auto& workspace = workspace_of_member();
  give(5, "gift");
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
  EXPECT_EQ(commit::decide_on(workspace, fulfil).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
}

// Another process takes the last unit for the same request, while it is read here once more: who
// asks is not told that there is none left for a redemption that is made.
TEST_F(RedemptionsTest, OneThatIsMadeMeanwhileIsNotRefused) {
  for (const auto collection : {rewards::collection, redemptions::collection}) {
    const auto left = rewards::find(store(), lamp)->inventory;
    EXPECT_TRUE(run(rewards::MoveStock{.reward = lamp,
                                       .delta = 1 - left,
                                       .reason_code = "count",
                                       .key = {std::string(collection.name)},
                                       .actor = operator_actor,
                                       .now = now}));
    const auto last = redeem(collection.name);
    test_support::FaultyStore racing(store());
    int raced = 0;
    racing.set_before_get([&](std::span<const store::Key> keys) {
      if (keys.front().collection == collection && raced++ == 0) {
        EXPECT_TRUE(run(last));
      }
    });
    commit::Workspace workspace(racing, store::product_schema());
    EXPECT_EQ(commit::decide_on(workspace, last).error().code, ErrorCode::unavailable);
    EXPECT_EQ(raced, 1);
    EXPECT_TRUE(run(last)->replayed);
  }
}

}  // namespace
}  // namespace wattback::redemptions

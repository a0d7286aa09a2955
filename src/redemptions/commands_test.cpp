#include "redemptions/commands.h"

#include <gtest/gtest.h>

#include "points/commands.h"
#include "rewards/commands.h"
#include "support/commands_fixture.h"

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

  const RewardId lamp{make_uuid_v8({2})};
};

// Another process gives points, and then fulfils, after the member was read: the balance of before
// is none that the member had when it was fulfilled.
TEST_F(RedemptionsTest, FulfillingAgainTellsNoBalanceOfBefore) {
  const auto redeemed = run(Redeem{.user = ada,
                                   .reward = lamp,
                                   .key = {"a"},
                                   .expected_points = std::nullopt,
                                   .actor = operator_actor,
                                   .now = now});
  ASSERT_TRUE(redeemed);
  const FulfilRedemption fulfil{.user = ada, .redemption = redeemed->redemption.redemption_id};
  auto& workspace = workspace_of_member();
  give(5, "gift");
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
  EXPECT_EQ(commit::decide_on(workspace, fulfil).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
}

}  // namespace
}  // namespace wattback::redemptions

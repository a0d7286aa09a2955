#include "redemptions/commands.h"

#include <gtest/gtest.h>

#include <memory>

#include "points/commands.h"
#include "rewards/commands.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::redemptions {
namespace {

class RedemptionsTest : public testing::Test {
 protected:
  RedemptionsTest() {
    store_->apply_schema(store::product_schema());
    EXPECT_TRUE(run(users::CreateUser{.user = ada,
                                      .name = "Ada",
                                      .email = "ada@example.org",
                                      .time_zone = std::nullopt,
                                      .password = "",
                                      .now = {}}));
    EXPECT_TRUE(run(rewards::CreateReward{.reward = lamp,
                                          .name = "Lamp",
                                          .description = "",
                                          .points_required = {30},
                                          .stock = 5,
                                          .actor = operator_actor,
                                          .now = {}}));
    give(100, "opening");
  }

  void give(std::int64_t points, const char* key) {
    EXPECT_TRUE(run(points::AdjustPoints{.user = ada,
                                         .points = {points},
                                         .reason_code = "goodwill",
                                         .key = {key},
                                         .actor = operator_actor,
                                         .now = {}}));
  }

  template <commit::Command C>
  Result<typename C::Reply> run(const C& command) {
    commit::Workspace workspace(*store_, store::product_schema());
    auto reply = commit::decide_on(workspace, command);
    EXPECT_TRUE(store_->commit(workspace.take_changes()).has_value());
    return reply;
  }

  store::Store& store() { return *store_; }

  const UserId ada{make_uuid_v8({1})};
  const RewardId lamp{make_uuid_v8({2})};

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
};

// Another process gives points, and then fulfils, after the member was read: the balance of before
// is none that the member had when it was fulfilled.
TEST_F(RedemptionsTest, FulfillingAgainTellsNoBalanceOfBefore) {
  const auto redeemed = run(Redeem{.user = ada,
                                   .reward = lamp,
                                   .key = {"a"},
                                   .expected_points = std::nullopt,
                                   .actor = operator_actor,
                                   .now = {}});
  ASSERT_TRUE(redeemed);
  const FulfilRedemption fulfil{.user = ada, .redemption = redeemed->redemption.redemption_id};
  commit::Workspace workspace(store(), store::product_schema());
  const auto member = users::key(ada);
  workspace.load({&member, 1});
  give(5, "gift");
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
  EXPECT_EQ(commit::decide_on(workspace, fulfil).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(fulfil)->total_points, Points{75});
}

}  // namespace
}  // namespace wattback::redemptions

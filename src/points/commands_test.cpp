#include "points/commands.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "points/reads.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::points {
namespace {

class AdjustmentsTest : public testing::Test {
 protected:
  AdjustmentsTest() {
    store_->apply_schema(store::product_schema());
    EXPECT_TRUE(run(users::CreateUser{.user = ada,
                                      .name = "Ada",
                                      .email = "ada@example.org",
                                      .time_zone = std::nullopt,
                                      .password = "",
                                      .now = {}}));
  }

  AdjustPoints adjustment(std::int64_t points, const char* key) const {
    return {.user = ada,
            .points = {points},
            .reason_code = "goodwill",
            .key = {key},
            .actor = operator_actor,
            .now = {}};
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

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
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

TEST_F(AdjustmentsTest, AnAdjustmentIsFoundByItsId) {
  const auto made = run(adjustment(50, "a"))->adjustment.adjustment_id;
  EXPECT_EQ(find_adjustment(store(), made)->points, Points{50});
  EXPECT_FALSE(find_adjustment(store(), adjustment_id(ada, {"b"})));
}

}  // namespace
}  // namespace wattback::points

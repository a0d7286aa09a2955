#include "usage/commands.h"

#include <gtest/gtest.h>

#include <memory>

#include "earning/commands.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"

namespace wattback::usage {
namespace {

class RecordingTest : public testing::Test {
 protected:
  RecordingTest() {
    store_->apply_schema(store::product_schema());
    EXPECT_TRUE(run(earning::StartProgramme{.name = "Sunny Street", .now = now_}));
    EXPECT_TRUE(run(users::CreateUser{.user = ada,
                                      .name = "Ada",
                                      .email = "ada@example.org",
                                      .time_zone = std::nullopt,
                                      .password = "",
                                      .now = now_}));
  }

  // An hour of one kWh.
  RecordReadings reading() const {
    return {.user = ada,
            .meter = meters::new_reference(ada, meters::default_label, std::nullopt),
            .readings = {{.interval = {.start = now_ - std::chrono::hours(24),
                                       .duration = std::chrono::hours(1)},
                          .energy = Energy{1'000'000}}},
            .import_id = std::nullopt,
            .actor = operator_actor,
            .now = now_};
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
  Instant now_ = *parse_instant("2026-06-01T12:00:00Z");
};

// Another process records the same after the member was read: the balance of before it is none that
// the member ever had together with the reading.
TEST_F(RecordingTest, ARepeatTellsNoBalanceOfBeforeTheReading) {
  commit::Workspace workspace(store(), store::product_schema());
  const auto member = users::key(ada);
  workspace.load({&member, 1});
  EXPECT_EQ(run(reading())->total_points, Points{10});
  EXPECT_EQ(commit::decide_on(workspace, reading()).error().code, ErrorCode::unavailable);
  EXPECT_EQ(run(reading())->total_points, Points{10});
}

}  // namespace
}  // namespace wattback::usage

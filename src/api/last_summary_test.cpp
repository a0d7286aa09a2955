#include "api/last_summary.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <tuple>

#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "support/programme_in_use.h"

namespace wattback::api {
namespace {

// Its snapshots are taken once it is let go on.
class SlowStore final : public store::Layer {
 public:
  SlowStore() : Layer(store::make_memory_store()) {
    store::Layer::apply_schema(store::product_schema());
  }

  std::unique_ptr<store::Snapshot> snapshot() override {
    if (is_slow_) {
      is_asked_ = true;
      is_asked_.notify_all();
      go_on_.wait();
    }
    return Layer::snapshot();
  }

  void be_slow() { is_slow_ = true; }
  void wait_until_asked() { is_asked_.wait(false); }
  void go_on() { go_on_.count_down(); }

 private:
  std::atomic<bool> is_slow_ = false;
  std::atomic<bool> is_asked_ = false;
  std::latch go_on_{1};
};

struct LastSummaryTest : testing::Test {
  SlowStore store;
  test_support::ProgrammeInUse programme{store};
  LastSummary last;
  Instant later = programme.now + 2 * LastSummary::age_max;

  // While another reads a new one.
  Result<LastSummary::Dated> ask_meanwhile() {
    store.be_slow();
    const std::jthread other([&] { EXPECT_EQ(last.find_or_read(store, later)->as_of, later); });
    store.wait_until_asked();
    auto answer = last.find_or_read(store, later);
    store.go_on();
    return answer;
  }
};

TEST_F(LastSummaryTest, IsTheOneBeforeWhileANewOneIsRead) {
  ASSERT_TRUE(last.find_or_read(store, programme.now));
  EXPECT_EQ(ask_meanwhile()->as_of, programme.now);
  EXPECT_EQ(last.find_or_read(store, later)->as_of, later);
}

TEST_F(LastSummaryTest, IsUnavailableWhereTheFirstIsReadForLong) {
  EXPECT_EQ(ask_meanwhile().error().code, ErrorCode::unavailable);
  EXPECT_EQ(last.find_or_read(store, later)->as_of, later);
}

TEST_F(LastSummaryTest, IsReadAnewWhereTheStoreDidNotAnswer) {
  struct AwayStore final : store::Layer {
    AwayStore() : Layer(store::make_memory_store()) {}
    std::unique_ptr<store::Snapshot> snapshot() override { throw store::StoreUnavailable("away"); }
  } away;
  EXPECT_THROW(std::ignore = last.find_or_read(away, later), store::StoreUnavailable);
  EXPECT_EQ(last.find_or_read(store, later)->as_of, later);
}

}  // namespace
}  // namespace wattback::api

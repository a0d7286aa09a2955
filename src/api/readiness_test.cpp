#include "api/readiness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "store/layers/layer.h"
#include "store/memory/memory_store.h"

namespace wattback::api {
namespace {

using Steady = std::chrono::steady_clock;

// A database server that takes what it is asked and answers once it is let go on.
class FrozenStore final : public store::Layer {
 public:
  FrozenStore() : Layer(store::make_memory_store()) {
    store::Layer::apply_schema(store::product_schema());
  }

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    ++asked_;
    go_on_.wait();
    return Layer::get(collection, keys);
  }
  store::Capabilities capabilities() const override {
    auto capabilities = Layer::capabilities();
    capabilities.remote = true;
    return capabilities;
  }

  void go_on() { go_on_.count_down(); }
  int asked() const { return asked_; }

 private:
  std::latch go_on_{1};
  std::atomic<int> asked_ = 0;
};

TEST(Readiness, IsToldInTimeOfAStoreThatDoesNotAnswer) {
  FrozenStore store;
  Readiness readiness;
  const auto began = Steady::now();
  {
    const std::jthread other([&] { EXPECT_FALSE(readiness.is_answered(store)); });
    EXPECT_FALSE(readiness.is_answered(store));
  }
  EXPECT_LT(Steady::now() - began, 2 * Readiness::answer_wait_max);
  EXPECT_EQ(store.asked(), 1);  // they do not pile up
  store.go_on();
  EXPECT_TRUE(readiness.is_answered(store));
}

}  // namespace
}  // namespace wattback::api

#include "api/readiness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "api/service.h"
#include "security/bearer.h"
#include "store/layers/caching.h"
#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "support/http_client.h"
#include "support/programme_in_use.h"

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

class CountingStore final : public store::Layer {
 public:
  CountingStore() : Layer(store::make_memory_store()) {}

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    ++asked_;
    return Layer::get(collection, keys);
  }
  int asked() const { return asked_; }

 private:
  int asked_ = 0;
};

TEST(Readiness, AsksTheStoreItselfWhateverIsKeptAtHand) {
  auto counting = std::make_unique<CountingStore>();
  const auto& asked = *counting;
  const auto store = store::make_caching_store(std::move(counting), {});
  store->apply_schema(store::product_schema());
  const test_support::ProgrammeInUse programme(*store);
  Readiness readiness;
  for (int i = 0; i < 3; ++i) {
    const auto before = asked.asked();
    EXPECT_TRUE(readiness.is_answered(*store));
    EXPECT_EQ(asked.asked(), before + 1);
  }
}

TEST(Readiness, IsToldInTimeWhereAllOthersWaitForTheStore) {
  FrozenStore store;
  commit::Committer committer(store, store::product_schema());
  const auto service =
      start_service(store, committer, {.workers = 1, .clock = [] { return Instant{}; }}).value();
  const auto bearer =
      security::make_bearer(security::BearerKind::session, make_uuid_v7(Instant{})).text;
  std::vector<test_support::HttpClient> others;
  for (int i = 0; i < 2; ++i) {
    others.emplace_back(service->port());
    ASSERT_TRUE(others.back().send(
        test_support::get("/api/v1/me", "Authorization: Bearer " + bearer + "\r\n")));
  }
  while (store.asked() == 0) {
    std::this_thread::yield();
  }
  const auto began = Steady::now();
  test_support::HttpClient client(service->port());
  const auto answer = client.ask(test_support::get("/readyz"));
  EXPECT_LT(Steady::now() - began, 2 * Readiness::answer_wait_max);
  store.go_on();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 503);
  service->stop();
}

}  // namespace
}  // namespace wattback::api

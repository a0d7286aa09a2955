// The catalog of a server that hears nothing of changes: what it shows is old, what is sold is not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "rewards/reads.h"
#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

class NeverTelling final : public store::Layer {
 public:
  using Layer::Layer;
  std::uint64_t revision(store::Collection /*collection*/) override { return 1; }
};

class NeverTellingUnderTest final : public store::conformance::StoreUnderTest {
 public:
  std::unique_ptr<store::Store> make() override {
    return std::make_unique<NeverTelling>(store::make_memory_store());
  }
  std::unique_ptr<store::Store> reopen() override { return nullptr; }
};

class StaleCatalog : public ServiceFixture {
 protected:
  StaleCatalog() : ServiceFixture({}, std::make_unique<NeverTellingUnderTest>()) {
    shown = catalog();
  }

  std::string catalog() { return get("/api/v1/rewards", ana).body; }

  test_support::Answer redeem(const std::string& key, std::int64_t expected_points) {
    return post("/api/v1/users/me/redemptions", ana,
                fmt::format(R"({{"reward_id": "{}", "expected_points": {}}})",
                            to_text(programme.lamp), expected_points),
                {{"Idempotency-Key", key}});
  }

  std::string ana = session_of(programme.ana);
  std::string shown;
  rewards::Reward lamp = rewards::find(*store, programme.lamp).value();
};

TEST_F(StaleCatalog, SellsAtThePriceThatIs) {
  committer
      .run(rewards::EditReward{.reward = programme.lamp, .points_required = Points{26}, .now = now})
      .value();
  EXPECT_EQ(catalog(), shown);
  EXPECT_EQ(redeem("as-shown", 25).status, 409);
  const auto sold = redeem("as-it-is", 26);
  ASSERT_EQ(sold.status, 201) << sold.body;
  EXPECT_EQ(parse(sold).at("points_redeemed"), 26);
}

TEST_F(StaleCatalog, SellsNoneThatIsGone) {
  committer
      .run(rewards::MoveStock{.reward = programme.lamp,
                              .delta = -lamp.inventory,
                              .reason_code = "broken",
                              .key = {"gone"},
                              .actor = programme.actor,
                              .now = now})
      .value();
  EXPECT_EQ(catalog(), shown);
  EXPECT_EQ(code(redeem("none-left", 25)), "out_of_stock");
}

}  // namespace
}  // namespace wattback::api

#include "rewards/reads.h"

#include <gmock/gmock.h>

#include <functional>

#include "base/text.h"
#include "rewards/commands.h"
#include "store/memory/memory_store.h"

namespace wattback::rewards {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// A store with these rewards, the first costing 1 point, the next 2, ...
class CatalogTest : public testing::Test {
 protected:
  CatalogTest() { store_->apply_schema(store::product_schema()); }

  void add(int count, const std::function<void(Reward&)>& change = [](Reward&) {}) {
    for (int i = 0; i < count; ++i) {
      const auto name = "reward " + std::to_string(++made_);
      Reward reward{.reward_id = imported_reward_id(name),
                    .name = name,
                    .name_folded = fold(name),
                    .points_required = Points{made_},
                    .inventory = 1,
                    .stocked = 1};
      change(reward);
      ASSERT_TRUE(
          store_->commit({{store::Insert{collection, codec().encode(reward)}}}).has_value());
    }
  }

  store::Listing<Reward> page(const CatalogFilter& filter, std::size_t limit,
                              store::Cursor after = {}) {
    return catalog(*store_, filter, limit, std::move(after));
  }

  // The prices of all pages, which hold `limit` at most.
  std::vector<std::int64_t> all_prices(const CatalogFilter& filter, std::size_t limit) {
    std::vector<std::int64_t> prices;
    store::Cursor after;
    do {
      auto listing = page(filter, limit, after);
      EXPECT_LE(listing.items.size(), limit);
      for (const auto& reward : listing.items) {
        prices.push_back(reward.points_required.count);
      }
      after = std::move(listing.next);
    } while (!after.empty());
    return prices;
  }

  template <commit::Command C>
  C::Reply run(const C& command) {
    commit::Workspace workspace(*store_, store::product_schema());
    auto reply = commit::decide_on(workspace, command);
    check(reply.has_value());
    check(store_->commit(workspace.take_changes()).has_value());
    return *std::move(reply);
  }

  std::optional<StockMovement> find_moved(const MovementId& id) {
    return find_movement(*store_, id);
  }

  bool find_named(std::string_view name) { return find_by_name(*store_, name).has_value(); }

  static void archive(Reward& reward) { reward.status = Status::archived; }
  static void sell_out(Reward& reward) { reward.inventory = 0; }

 private:
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::int64_t made_ = 0;
};

TEST_F(CatalogTest, FillsAPageBehindWhatIsFilteredOut) {
  add(10, archive);
  add(2);
  add(10, archive);
  add(2);
  EXPECT_THAT(page({}, 3).items, SizeIs(3));
  EXPECT_THAT(all_prices({}, 3), ElementsAre(11, 12, 23, 24));
  EXPECT_THAT(all_prices({}, 100), ElementsAre(11, 12, 23, 24));
  EXPECT_THAT(all_prices({.archived_too = true}, 7), SizeIs(24));
}

TEST_F(CatalogTest, GoesOnFromAPageThatReadsNoFurther) {
  add(45, archive);
  add(1);
  const auto first = page({}, 1);
  EXPECT_THAT(first.items, IsEmpty());  // 20 reads of one
  EXPECT_FALSE(first.next.empty());
  EXPECT_THAT(all_prices({}, 1), ElementsAre(46));
}

TEST_F(CatalogTest, AnAffordableOneCostsAtMostTheBalance) {
  add(5);
  EXPECT_THAT(all_prices({.affordable_with = Points{3}}, 2), ElementsAre(1, 2, 3));
  EXPECT_THAT(all_prices({.affordable_with = Points{0}}, 2), IsEmpty());
}

TEST_F(CatalogTest, FiltersTogether) {
  add(2);
  add(2, sell_out);
  add(2, archive);
  add(2);
  EXPECT_THAT(all_prices({.in_stock = true}, 3), ElementsAre(1, 2, 7, 8));
  EXPECT_THAT(all_prices({.affordable_with = Points{7}, .in_stock = true}, 1),
              ElementsAre(1, 2, 7));
  EXPECT_THAT(all_prices({.in_stock = true, .archived_too = true}, 2),
              ElementsAre(1, 2, 5, 6, 7, 8));
}

TEST_F(CatalogTest, FindsByNameAsPeopleReadIt) {
  add(1, [](Reward& reward) { reward.name_folded = fold("Straße"); });
  EXPECT_TRUE(find_named("STRASSE"));
  EXPECT_FALSE(find_named("reward 1"));
}

TEST_F(CatalogTest, AMovementIsFoundByItsId) {
  add(1);
  const auto reward = imported_reward_id("reward 1");
  const MoveStock move{
      .reward = reward, .delta = 3, .reason_code = "delivery", .key = {"a"}, .now = {}};
  const auto first = run(move);
  EXPECT_FALSE(first.replayed);
  const auto again = run(move);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.movement.movement_id, first.movement.movement_id);
  EXPECT_EQ(find_moved(first.movement.movement_id)->delta, 3);
  EXPECT_FALSE(find_moved(movement_id(reward, {"b"})));
}

}  // namespace
}  // namespace wattback::rewards

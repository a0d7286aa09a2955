#include "earning/reads.h"

#include <gmock/gmock.h>

#include "store/memory/memory_store.h"

namespace wattback::earning {
namespace {

TEST(EarningRulesList, PagesFromTheOldestVersionOn) {
  const auto store = store::make_memory_store();
  store->apply_schema(store::product_schema());
  for (std::int64_t version = 1; version <= 5; ++version) {
    const EarningRules rules{.rules_version = version};
    ASSERT_TRUE(store->commit({{store::Insert{collection, codec().encode(rules)}}}).has_value());
  }
  std::vector<std::int64_t> versions;
  store::Cursor after;
  do {
    auto page = list(*store, 2, after);
    EXPECT_LE(page.items.size(), 2U);
    for (const auto& rules : page.items) {
      versions.push_back(rules.rules_version);
    }
    after = std::move(page.next);
  } while (!after.empty());
  EXPECT_THAT(versions, testing::ElementsAre(1, 2, 3, 4, 5));
}

}  // namespace
}  // namespace wattback::earning

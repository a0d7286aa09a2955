#include "store/mongo/sharding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

TEST(ShardKeys, AreTheHashOfTheFieldWhereItStands) {
  EXPECT_EQ(shard_key_of(Layout(things())).json(), R"({ "owner" : "hashed" })");
  EXPECT_EQ(shard_key_of(Layout(steps())).json(), R"({ "_id.walker" : "hashed" })");
}

// On a sharded collection MongoDB takes a unique index that begins with the field, or with `_id`;
// and an `_id` is unique on a shard only.
TEST(ProductSchema, IsUniqueWithinAMemberWhereItIsSharded) {
  std::vector<std::string> sharded;
  for (const auto& collection : product_schema().collections) {
    if (!collection.shard_by) {
      continue;
    }
    sharded.push_back(collection.name);
    EXPECT_EQ(collection.fields[*collection.shard_by].references, "users");
    for (const auto& index : collection.indexes) {
      EXPECT_TRUE(!index.unique || index.fields.front() == *collection.shard_by)
          << collection.name << "." << index.name;
    }
  }
  EXPECT_THAT(sharded, testing::UnorderedElementsAre("energy_usage", "meters", "points_ledger",
                                                     "usage_daily"));
}

}  // namespace
}  // namespace wattback::store::mongo

// Each earlier version of the product's store, on every store, brought up to date and audited.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "conformance/store_under_test.h"
#include "migrations/fixtures.h"
#include "operations/audit.h"
#include "operations/migrator.h"
#include "redemptions/redemption.h"
#include "store/read.h"

namespace wattback::migrations {
namespace {

using operations::product_migrations;
using store::conformance::StoreFactory;
using testing::IsEmpty;

class ProductMigrations : public testing::TestWithParam<std::tuple<StoreFactory, std::int64_t>> {
 protected:
  ProductMigrations()
      : under_test_(std::get<StoreFactory>(GetParam()).make()), store_(under_test_->make()) {
    const auto schema = product_migrations().schema_at(version());
    store_->apply_schema(schema);
    load_fixture(*store_, schema, "schema-2.ndjson");  // version 1 is that without two collections
  }

  static std::int64_t version() { return std::get<std::int64_t>(GetParam()); }
  store::Store& store() { return *store_; }

  operations::Migrated up(std::optional<std::int64_t> to = std::nullopt) {
    return operations::migrate_up(*store_, product_migrations(),
                                  {.now = [] { return *parse_instant("2026-11-28T20:00:00Z"); },
                                   .owner = "a test",
                                   .where = "here",
                                   .to = to,
                                   .piece_documents = 2,
                                   .sleep = [](Milliseconds) {},
                                   .should_stop = [] { return false; },
                                   .on_progress = [](const auto&) {},
                                   .on_wait = [](const auto&) { FAIL(); },
                                   .on_unsettled = [](const auto&, const auto&) { FAIL(); }});
  }

 private:
  std::unique_ptr<store::conformance::StoreUnderTest> under_test_;
  std::unique_ptr<store::Store> store_;
};

INSTANTIATE_TEST_SUITE_P(
    fixtures, ProductMigrations,
    testing::Combine(testing::ValuesIn(store::conformance::stores_under_test()),
                     testing::Values<std::int64_t>(1, 2)),
    [](const auto& info) {
      return std::get<StoreFactory>(info.param).name + "_from_" +
             std::to_string(std::get<std::int64_t>(info.param));
    });

TEST_P(ProductMigrations, BringItUpToDate) {
  const auto migrated = up();
  EXPECT_EQ(migrated.done.size(),
            static_cast<std::size_t>(product_migrations().newest() - version()));
  EXPECT_THAT(operations::verify_schema(store(), product_migrations()), IsEmpty());
  const auto audited = operations::audit(
      store(), {.on_break = [](const auto& found) { ADD_FAILURE() << to_text(found); }});
  EXPECT_TRUE(audited.ok());
  EXPECT_GT(audited.checked, 60U);
}

TEST_P(ProductMigrations, NameTheRewardOfEachRedemption) {
  up();
  std::map<std::string, int> names;
  store::for_each<redemptions::Redemption>(store(), redemptions::codec(),
                                           {.collection = redemptions::collection},
                                           [&](const auto& redemption) {
                                             ++names[redemption.reward_name];
                                             EXPECT_GE(redemption.version, 2);
                                           });
  EXPECT_EQ(names, (std::map<std::string, int>{{"Electric kettle", 2}, {"LED bulbs", 2}}));
}

TEST_P(ProductMigrations, CanBeTakenOneByOne) {
  for (auto number = version() + 1; number <= product_migrations().newest(); ++number) {
    EXPECT_EQ(up(number).done.size(), 1U);
    EXPECT_EQ(store().schema_version(), number);
    EXPECT_THAT(operations::verify_schema(store(), product_migrations()), IsEmpty());
  }
}

// A migration that was released never changes: neither what it does nor the schema it led to.
TEST(ReleasedMigrations, AreAsTheyWere) {
  std::vector<std::string> checksums;
  for (const auto& migration : product_migrations().list()) {
    checksums.push_back(migration.name + " " +
                        to_hex(product_migrations().checksum(migration)).substr(0, 16));
  }
  EXPECT_THAT(checksums, testing::ElementsAre("base d32219c99b7602b6", "sign_in 8aa9006a639e1c0c",
                                              "reward_names 279c23749dbfbdef"));
}

}  // namespace
}  // namespace wattback::migrations

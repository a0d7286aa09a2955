// What the conformance suite does not ask of every store: promises of the caller, which this one
// holds it to.
#include "store/memory/memory_store.h"

#include <gtest/gtest.h>

namespace wattback::store {
namespace {

constexpr Collection things{"things"};
constexpr Collection facts{"facts"};

std::unique_ptr<Store> make_store() {
  auto store = make_memory_store();
  store->apply_schema({.version = 1,
                       .collections = {parse_collection(R"({
    "name": "things", "description": "", "primary_key": ["id"],
    "fields": [{"name": "id", "type": "int64"}, {"name": "version", "type": "int64"},
               {"name": "size", "type": "int64"}],
    "indexes": []})"),
                                       parse_collection(R"({
    "name": "facts", "description": "", "primary_key": ["id"],
    "fields": [{"name": "id", "type": "int64"}], "indexes": []})")}});
  return store;
}

Document thing(std::int64_t id, std::int64_t version, std::int64_t size = 0) {
  return {{id, version, size}};
}

TEST(MemoryStoreDeathTest, EndsWhereACallerBreaksAPromise) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto store = make_store();
  const Document fact{{std::int64_t{1}}};
  ASSERT_TRUE(store->commit({{Insert{facts, fact}, Insert{things, thing(1, 1)}}}));
  EXPECT_DEATH(EXPECT_FALSE(store->commit({{Replace{facts, fact, fact}}})), "")
      << "it never changes";
  EXPECT_DEATH(EXPECT_FALSE(store->commit({{Replace{things, thing(1, 1), thing(1, 1)}}})), "")
      << "the version stays";
  EXPECT_DEATH(EXPECT_FALSE(store->commit({{Replace{things, thing(1, 1), thing(2, 2)}}})), "")
      << "another key";
  EXPECT_DEATH(EXPECT_FALSE(store->commit({{Replace{things, thing(1, 1, 7), thing(1, 2)}}})), "")
      << "not as read";
  EXPECT_DEATH(EXPECT_FALSE(store->commit({{Remove{things, thing(1, 1, 7)}}})), "")
      << "not as read";
  EXPECT_DEATH(
      EXPECT_FALSE(store->commit({{Insert{things, thing(2, 1)}, Insert{things, thing(2, 1)}}})), "")
      << "two changes of one document";
  EXPECT_DEATH(store->find({.collection = things, .limit = 0}), "");
  EXPECT_DEATH(store->find({.collection = things, .limit = page_documents_max + 1}), "");
}

TEST(MemoryStoreDeathTest, EndsWhereASnapshotOutlivesIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto store = make_store();
  const auto snapshot = store->snapshot();
  EXPECT_DEATH(store.reset(), "condition does not hold");
}

}  // namespace
}  // namespace wattback::store

#include "store/layers/metering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/memory/memory_store.h"

namespace wattback::store {
namespace {

using testing::Contains;
using testing::ElementsAre;

constexpr Collection things{"things"};

Schema schema() {
  return {.version = 1, .collections = {parse_collection(R"({
    "name": "things", "description": "", "primary_key": ["id"],
    "fields": [{"name": "id", "type": "int64"}, {"name": "version", "type": "int64", "min": 1}],
    "indexes": [{"name": "version", "fields": ["version"]}]})")}};
}

Document thing(std::int64_t id, std::int64_t version = 1) { return {{id, version}}; }
Key key(std::int64_t id) { return {.collection = things, .values = {id}}; }

class Metering : public testing::Test {
 protected:
  Metering() { store->apply_schema(schema()); }

  // Each reading of the stopwatch is 5 ns after the one before, so each call takes 5 ns.
  std::shared_ptr<StoreMeters> meters = std::make_shared<StoreMeters>();
  std::unique_ptr<Store> store =
      make_metered_store(make_memory_store(), meters,
                         [elapsed = Elapsed{0}]() mutable { return elapsed += Elapsed{5}; });
};

TEST_F(Metering, CountsNothingAtFirst) {
  const auto figures = meters->read();
  EXPECT_TRUE(figures.operations.empty());
  EXPECT_TRUE(figures.indexes.empty());
  EXPECT_TRUE(figures.refusals.empty());
}

TEST_F(Metering, CountsReadsByCollection) {
  ASSERT_TRUE(store->commit({{Insert{things, thing(1)}, Insert{things, thing(2)}}}));
  const std::vector keys{key(1), key(7)};
  EXPECT_THAT(store->get(things, keys), ElementsAre(thing(1), std::nullopt));
  store->get(things, keys);
  EXPECT_EQ(store->find({.collection = things, .limit = 5}).documents.size(), 2U);
  const auto operations = meters->read().operations;
  EXPECT_THAT(operations, Contains(OperationFigures{.operation = Operation::get,
                                                    .collection = "things",
                                                    .calls = 2,
                                                    .documents = 2,
                                                    .time = Elapsed{10}}));
  EXPECT_THAT(operations, Contains(OperationFigures{.operation = Operation::find,
                                                    .collection = "things",
                                                    .calls = 1,
                                                    .documents = 2,
                                                    .time = Elapsed{5}}));
}

TEST_F(Metering, CountsCommitsAndWhatTheyChanged) {
  ASSERT_TRUE(store->commit({{Insert{things, thing(1)}, Insert{things, thing(2)}}}));
  ASSERT_TRUE(store->commit({{Replace{things, thing(1), thing(1, 2)}, Remove{things, thing(2)}}}));
  ASSERT_FALSE(store->commit({{Insert{things, thing(1)}, Insert{things, thing(3)}}}));
  const auto figures = meters->read();
  EXPECT_THAT(
      figures.operations,
      ElementsAre(
          OperationFigures{
              .operation = Operation::commit, .calls = 3, .documents = 4, .time = Elapsed{15}},
          OperationFigures{
              .operation = Operation::insert, .collection = "things", .calls = 2, .documents = 2},
          OperationFigures{
              .operation = Operation::replace, .collection = "things", .calls = 1, .documents = 1},
          OperationFigures{
              .operation = Operation::remove, .collection = "things", .calls = 1, .documents = 1}));
  EXPECT_THAT(figures.refusals,
              ElementsAre(std::pair(Refusal::Reason::already_exists, std::uint64_t{1})));
}

TEST_F(Metering, CountsWhichIndexesQueriesUsed) {
  store->find({.collection = things, .limit = 1});
  store->find({.collection = things, .index = "version", .limit = 1});
  store->snapshot()->scan({.collection = things, .index = "version"},
                          [](const Document&) { return true; });
  EXPECT_THAT(meters->read().indexes,
              ElementsAre(IndexFigures{.collection = "things", .index = "primary", .queries = 1},
                          IndexFigures{.collection = "things", .index = "version", .queries = 2}));
}

TEST_F(Metering, CountsWhatSnapshotsReadAndWhatThrew) {
  ASSERT_TRUE(store->commit({{Insert{things, thing(1)}, Insert{things, thing(2)}}}));
  const auto snapshot = store->snapshot();
  const std::vector keys{key(1)};
  snapshot->get(things, keys);
  EXPECT_THROW(snapshot->scan({.collection = things},
                              [](const Document&) -> bool { throw std::runtime_error("full"); }),
               std::runtime_error);
  const auto operations = meters->read().operations;
  EXPECT_THAT(operations, Contains(OperationFigures{.operation = Operation::snapshot_scan,
                                                    .collection = "things",
                                                    .calls = 1,
                                                    .documents = 1,
                                                    .errors = 1,
                                                    .time = Elapsed{5}}));
  EXPECT_THAT(operations, Contains(OperationFigures{.operation = Operation::snapshot_get,
                                                    .collection = "things",
                                                    .calls = 1,
                                                    .documents = 1,
                                                    .time = Elapsed{5}}));
  EXPECT_THAT(operations, Contains(OperationFigures{
                              .operation = Operation::snapshot, .calls = 1, .time = Elapsed{5}}));
}

TEST(MeteringThreads, LosesNoCount) {
  const auto meters = std::make_shared<StoreMeters>();
  const auto store = make_metered_store(make_memory_store(), meters);
  store->apply_schema(schema());
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const std::vector keys{key(1)};
        for (int call = 0; call < 500; ++call) {
          store->get(things, keys);
          meters->read();
        }
      });
    }
  }
  EXPECT_EQ(meters->read().operations.at(0).calls, 2000U);
}

TEST(MeteringThreads, LeavesCapabilitiesAsTheyAre) {
  const auto store = make_metered_store(make_memory_store(), std::make_shared<StoreMeters>());
  EXPECT_EQ(store->capabilities().commit_changes_max, memory_capabilities.commit_changes_max);
}

}  // namespace
}  // namespace wattback::store

// That it spares the store within and holds no more than it may. That it answers as that store
// would is for tests/conformance.
#include "store/layers/caching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/layers/metering.h"
#include "store/memory/memory_store.h"
#include "support/faulty_store.h"
#include "support/scarce_memory.h"

namespace wattback::store {
namespace {

using test_support::FaultyStore;

constexpr Collection things{"things"};
constexpr Collection others{"others"};

Schema schema() {
  Schema schema{.version = 1};
  for (const char* name : {"things", "others"}) {
    schema.collections.push_back(parse_collection(std::string(R"({"name": ")") + name + R"(",
      "description": "", "primary_key": ["id"],
      "fields": [{"name": "id", "type": "int64"}, {"name": "text", "type": "string"},
                 {"name": "version", "type": "int64", "min": 1}],
      "indexes": [{"name": "text", "fields": ["text"], "unique": true}]})"));
  }
  return schema;
}

Document thing(std::int64_t id, std::int64_t version = 1) {
  return {{id, "thing " + std::to_string(id), version}};
}
Key key(std::int64_t id, Collection collection = things) {
  return {.collection = collection, .values = {id}};
}
Key text_key(std::int64_t id) {
  return {.collection = things, .index = "text", .values = {"thing " + std::to_string(id)}};
}

class Caching : public testing::Test {
 protected:
  Caching() { open({.collections = {"things"}}); }

  void open(CachingOptions options) {
    auto below = make_memory_store();
    auto faulty = std::make_unique<FaultyStore>(*below);
    faulty_ = faulty.get();
    below_ = std::move(below);
    store_ = make_caching_store(make_metered_store(std::move(faulty), meters_), std::move(options));
    store_->apply_schema(schema());
  }

  Store& store() { return *store_; }
  FaultyStore& faulty() { return *faulty_; }

  std::optional<Document> get(const Key& key) {
    return store().get(key.collection, std::span(&key, 1)).at(0);
  }

  // Documents that the store within was asked for so far.
  std::uint64_t reads() const {
    std::uint64_t calls = 0;
    for (const auto& figures : meters_->read().operations) {
      calls += figures.operation == Operation::get ? figures.calls : 0;
    }
    return calls;
  }

 private:
  std::shared_ptr<StoreMeters> meters_ = std::make_shared<StoreMeters>();
  std::unique_ptr<Store> below_;
  FaultyStore* faulty_ = nullptr;
  std::unique_ptr<Store> store_;
};

TEST_F(Caching, ReadsADocumentOnce) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(key(1)), thing(1));
  }
  EXPECT_EQ(reads(), 1U);
}

TEST_F(Caching, KnowsWhatItWrote) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  get(key(1));  // from now on it knows the collection
  ASSERT_TRUE(store().commit({{Replace{things, thing(1), thing(1, 2)}, Insert{things, thing(2)}}}));
  EXPECT_EQ(get(key(1)), thing(1, 2));
  EXPECT_EQ(get(key(2)), thing(2));
  EXPECT_EQ(reads(), 1U);
  ASSERT_TRUE(store().commit({{Remove{things, thing(2)}}}));
  EXPECT_EQ(get(key(2)), std::nullopt);
  EXPECT_EQ(reads(), 2U);
}

TEST_F(Caching, ReadsWhatIsMissingOfSeveral) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}, Insert{things, thing(3)}}}));
  get(key(3));
  const std::vector keys{key(1), key(2), key(3)};
  EXPECT_THAT(store().get(things, keys), testing::ElementsAre(thing(1), std::nullopt, thing(3)));
  EXPECT_THAT(store().get(things, keys), testing::ElementsAre(thing(1), std::nullopt, thing(3)));
  EXPECT_EQ(reads(), 3U);  // what is not there is not kept
}

TEST_F(Caching, HoldsSeveralCollectionsAtOnce) {
  open({.collections = {"things", "others"}});
  ASSERT_TRUE(store().commit({{Insert{others, thing(1)}, Insert{things, thing(1)}}}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(key(1, others)), thing(1));
    EXPECT_EQ(get(key(1)), thing(1));
  }
  EXPECT_EQ(reads(), 2U);
}

TEST_F(Caching, LeavesOtherCollectionsAndUniqueKeysAlone) {
  ASSERT_TRUE(store().commit({{Insert{others, thing(1)}, Insert{things, thing(1)}}}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(get(key(1, others)), thing(1));
    EXPECT_EQ(get(text_key(1)), thing(1));
  }
  EXPECT_EQ(reads(), 4U);
}

TEST_F(Caching, ReadsAnewAfterARefusal) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  get(key(1));
  ASSERT_FALSE(store().commit({{Replace{things, thing(1, 7), thing(1, 8)}}}));
  EXPECT_EQ(get(key(1)), thing(1));
  EXPECT_EQ(reads(), 2U);
}

TEST_F(Caching, ReadsAnewWhenAFateIsUnknown) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  get(key(1));
  faulty().set_plan(test_support::in_turn({test_support::unknown_after()}));
  const auto commit = [&] {
    EXPECT_TRUE(store().commit({{Replace{things, thing(1), thing(1, 2)}}}));
  };
  EXPECT_THROW(commit(), CommitUnknown);
  EXPECT_EQ(get(key(1)), thing(1, 2));
  EXPECT_EQ(get(key(1)), thing(1, 2));
  EXPECT_EQ(reads(), 2U);
}

TEST_F(Caching, SaysThatACommitHappenedWhereRevisionsCantBeRead) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  get(key(1));
  faulty().set_before_revision([] { throw StoreUnavailable("no more descriptors"); });
  EXPECT_TRUE(store().commit({{Replace{things, thing(1), thing(1, 2)}}}));
  faulty().set_before_revision({});
  EXPECT_EQ(get(key(1)), thing(1, 2));
  EXPECT_EQ(reads(), 2U);
}

// Another process, played by a write past the memory.
TEST_F(Caching, ForgetsAllWhenAnotherWrote) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  get(key(1));
  ASSERT_TRUE(faulty().commit({{Replace{things, thing(1), thing(1, 2)}}}));
  EXPECT_EQ(get(key(1)), thing(1, 2));
}

TEST_F(Caching, ForgetsAllWhenAnotherWroteJustBeforeACommit) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}, Insert{things, thing(2)}}}));
  get(key(1));
  ASSERT_TRUE(faulty().commit({{Replace{things, thing(1), thing(1, 2)}}}));
  ASSERT_TRUE(store().commit({{Replace{things, thing(2), thing(2, 2)}}}));
  EXPECT_EQ(get(key(1)), thing(1, 2));
}

TEST_F(Caching, KeepsNothingThatChangedWhileItWasRead) {
  ASSERT_TRUE(store().commit({{Insert{things, thing(1)}}}));
  faulty().set_before_get([&](std::span<const Key>) {
    faulty().set_before_get({});
    ASSERT_TRUE(store().commit({{Replace{things, thing(1), thing(1, 2)}}}));
  });
  EXPECT_EQ(get(key(1)), thing(1, 2));
  EXPECT_EQ(get(key(1)), thing(1, 2));
}

TEST_F(Caching, HoldsNoMoreThanItMayAndTheLatestLongest) {
  open({.collections = {"things"}, .bytes_max = std::size_t{16} << 10U});
  constexpr std::int64_t count = 1000;
  for (std::int64_t id = 1; id <= count; ++id) {
    ASSERT_TRUE(store().commit({{Insert{things, thing(id)}}}));
  }
  for (std::int64_t id = 1; id <= count; ++id) {
    get(key(id));
    get(key(1));  // asked for all the time
  }
  const auto before = reads();
  EXPECT_LE(before, 2U + count);
  get(key(1));
  get(key(count));
  EXPECT_EQ(reads(), before);
  get(key(2));
  EXPECT_EQ(reads(), before + 1);
}

// Memory is short from the moment the commit is in: what is at hand afterwards is what the store
// has.
TEST_F(Caching, KeepsNothingOldWhereMemoryIsShort) {
  if (!test_support::ScarceMemory::is_possible) {
    GTEST_SKIP() << "the thread sanitizer has its own operator new";
  }
  constexpr std::int64_t things_held = 8;
  std::vector<Change> inserts;
  inserts.reserve(things_held);
  for (std::int64_t id = 0; id < things_held; ++id) {
    inserts.emplace_back(Insert{things, thing(id)});
  }
  ASSERT_TRUE(store().commit({std::move(inserts)}));
  int failures = 0;
  for (bool is_short = true; is_short; ++failures) {
    ChangeSet changes;
    changes.changes.reserve(things_held);
    for (std::int64_t id = 0; id < things_held; ++id) {
      changes.changes.emplace_back(
          Replace{things, thing(id, failures + 1), thing(id, failures + 2)});
      ASSERT_EQ(get(key(id)), thing(id, failures + 1));
    }
    std::optional<test_support::ScarceMemory> scarce;
    faulty().set_before_revision([&] {
      if (!scarce) {
        scarce.emplace(failures);
      }
    });
    const auto result = store().commit(changes);
    is_short = scarce->has_failed();
    scarce.reset();
    faulty().set_before_revision({});
    ASSERT_TRUE(result);
  }
  EXPECT_GT(failures, things_held);
}

}  // namespace
}  // namespace wattback::store

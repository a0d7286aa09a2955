#include "store/layers/gathering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "store/memory/memory_store.h"
#include "support/faulty_store.h"
#include "support/scarce_memory.h"

namespace wattback::store {
namespace {

using testing::ElementsAre;

constexpr Collection things{"things"};
constexpr std::int64_t readers = 5;

Schema schema() {
  return {.version = 1, .collections = {parse_collection(R"({
    "name": "things", "description": "", "primary_key": ["id"],
    "fields": [{"name": "id", "type": "int64"}, {"name": "version", "type": "int64", "min": 1}],
    "indexes": []})")}};
}

Document thing(std::int64_t id) { return {{id, std::int64_t{1}}}; }
Key key(std::int64_t id) { return {.collection = things, .values = {id}}; }

class Gathering : public testing::Test {
 protected:
  Gathering() {
    below->apply_schema(schema());
    ChangeSet changes;
    for (std::int64_t id = 0; id <= readers; ++id) {
      changes.changes.emplace_back(Insert{things, thing(id)});
    }
    EXPECT_TRUE(below->commit(changes));
    auto faulty = std::make_unique<test_support::FaultyStore>(*below);
    faulty->set_before_get([this](std::span<const Key> keys) { before_get(keys); });
    store = make_gathering_store(std::move(faulty));
  }

  std::optional<Document> read(std::int64_t id) {
    const auto wanted = key(id);
    return store->get(things, {&wanted, 1}).front();
  }

  // The first read waits until the gate is open, so that others come meanwhile.
  void before_get(std::span<const Key> keys) {
    const bool is_first = [&] {
      const std::lock_guard lock(mutex);
      sizes.push_back(keys.size());
      return sizes.size() == 1;
    }();
    if (is_first) {
      begun.set_value();
      opened.wait();
    } else if (fails(keys)) {
      throw std::runtime_error("a document that can't be read");
    }
  }

  // While one reads, so many others ask, each for a thing of its own.
  std::vector<std::future<std::optional<Document>>> ask_at_once() {
    std::vector<std::future<std::optional<Document>>> answers;
    const auto ask = [&](std::int64_t id) {
      answers.push_back(std::async(std::launch::async, [this, id] { return read(id); }));
    };
    ask(0);
    begun.get_future().wait();
    for (std::int64_t id = 1; id <= readers; ++id) {
      ask(id);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // they wait in line by then
    gate.set_value();
    return answers;
  }

  std::unique_ptr<Store> below = make_memory_store();
  std::unique_ptr<Store> store;
  std::mutex mutex;
  std::vector<std::size_t> sizes;  // of the reads that came below
  std::function<bool(std::span<const Key>)> fails = [](auto) { return false; };
  std::promise<void> begun;
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
};

TEST_F(Gathering, ThoseWhoComeWhileOneReadsAreReadTogether) {
  auto answers = ask_at_once();
  for (std::int64_t id = 0; id <= readers; ++id) {
    EXPECT_EQ(answers[static_cast<std::size_t>(id)].get(), thing(id));
  }
  EXPECT_THAT(sizes, ElementsAre(1, readers));
  EXPECT_EQ(read(readers + 1), std::nullopt);
}

TEST_F(Gathering, OneThatCanNotBeReadFailsAlone) {
  constexpr std::int64_t bad = 2;
  fails = [](std::span<const Key> keys) { return std::ranges::find(keys, key(bad)) != keys.end(); };
  auto answers = ask_at_once();
  for (std::int64_t id = 0; id <= readers; ++id) {
    auto& answer = answers[static_cast<std::size_t>(id)];
    if (id == bad) {
      EXPECT_THROW(answer.get(), std::runtime_error);
    } else {
      EXPECT_EQ(answer.get(), thing(id));
    }
  }
}

TEST_F(Gathering, SeveralKeysGoTheirOwnWay) {
  gate.set_value();
  const std::vector keys{key(1), key(9), key(2)};
  EXPECT_THAT(store->get(things, keys), ElementsAre(thing(1), std::nullopt, thing(2)));
  EXPECT_THAT(sizes, ElementsAre(3));
}

TEST_F(Gathering, LeavesNobodyWaitingWhereMemoryIsShort) {
  if (!test_support::ScarceMemory::is_possible) {
    GTEST_SKIP() << "the thread sanitizer has its own operator new";
  }
  gate.set_value();
  EXPECT_EQ(read(0), thing(0));
  const auto wanted = key(1);
  bool is_short = true;
  for (int allocations = 0; is_short; ++allocations) {
    try {
      const test_support::ScarceMemory scarce(allocations);
      store->get(things, {&wanted, 1});
      is_short = false;
    } catch (const std::bad_alloc&) {
      EXPECT_TRUE(is_short);
    }
    EXPECT_EQ(read(2), thing(2));
  }
}

}  // namespace
}  // namespace wattback::store

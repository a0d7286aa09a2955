// Several threads at once, over two openings of the store where it is shared.
#include <array>
#include <atomic>
#include <barrier>
#include <functional>
#include <thread>

#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

constexpr std::size_t thread_count = 8;

class Races : public Conformance {
 protected:
  // Runs the work in every thread, each with a store and its own number.
  void race(const std::function<void(Store&, std::size_t)>& work) {
    const auto other = store().capabilities().shared ? under_test().reopen() : nullptr;
    if (other) {
      other->apply_schema(test_schema());
    }
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < thread_count; ++i) {
      auto& mine = other && i % 2 == 1 ? *other : store();
      threads.emplace_back([&work, &mine, i] { work(mine, i); });
    }
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, Races, testing::ValuesIn(stores_under_test()), name_of);

std::optional<Document> get_one(Store& store, const Key& key) {
  return store.get(key.collection, std::span(&key, 1)).at(0);
}

// In each round every thread has read the same version before any of them writes.
TEST_P(Races, HaveOneWinnerAVersion) {
  constexpr std::int64_t rounds = 50;
  commit({insert({.id = 1})});
  std::atomic<std::int64_t> wins = 0;
  std::barrier together(thread_count);
  race([&](Store& mine, std::size_t number) {
    for (std::int64_t round = 1; round <= rounds; ++round) {
      together.arrive_and_wait();
      const auto before = get_one(mine, member_key(1)).value_or(to_document({.id = 1}));
      EXPECT_EQ(version_of(test_schema().collection(members), before), round);
      auto after = with(members, before, "version", round + 1);
      after = with(members, after, "points", static_cast<std::int64_t>(number));
      together.arrive_and_wait();
      const auto result = mine.commit({{Replace{members, before, after}}});
      wins += result ? 1 : 0;
      EXPECT_TRUE(result || result.error().reason == Refusal::Reason::conflict);
      EXPECT_TRUE(result || result.error().keys == std::vector{member_key(1)});
    }
  });
  EXPECT_EQ(wins, rounds);
}

// Servers that start at once on a place where nothing is.
TEST_P(Races, MakeOneStoreWhoeverMakesIt) {
  if (!store().capabilities().shared) {
    GTEST_SKIP() << "nobody else can open it";
  }
  constexpr std::ptrdiff_t openings_count = 6;
  const auto place = GetParam().make();
  std::vector<std::unique_ptr<Store>> openings;
  openings.push_back(place->make());
  while (std::ssize(openings) < openings_count) {
    openings.push_back(place->reopen());
  }
  {
    std::barrier together(openings_count);
    std::vector<std::jthread> makers;
    makers.reserve(openings_count);
    for (const auto& opening : openings) {
      makers.emplace_back([&together, &opening] {
        together.arrive_and_wait();
        EXPECT_NO_THROW(opening->apply_schema(product_schema()));
      });
    }
  }
  for (const auto& opening : openings) {
    EXPECT_THAT(opening->find_schema_faults(product_schema()), testing::IsEmpty());
  }
}

TEST_P(Races, HaveOneWinnerAKey) {
  constexpr std::uint64_t rounds = 50;
  std::array<std::atomic<int>, rounds> wins{};
  std::array<std::atomic<std::size_t>, rounds> winner{};
  std::barrier start(thread_count);
  race([&](Store& mine, std::size_t number) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const auto email = "round" + std::to_string(round);
      // In even rounds the primary key is fought for, in odd ones a unique field.
      const Member member{.id = round % 2 == 0 ? round : 1000 * (number + 1) + round,
                          .email = email,
                          .points = static_cast<std::int64_t>(number)};
      start.arrive_and_wait();
      const auto result = mine.commit({{insert(member)}});
      if (result) {
        ++wins.at(round);
        winner.at(round) = number;
      } else {
        EXPECT_EQ(result.error().reason, Refusal::Reason::already_exists);
        EXPECT_THAT(result.error().keys, testing::Contains(email_key(email)));
      }
    }
  });
  for (std::uint64_t round = 0; round < rounds; ++round) {
    EXPECT_EQ(wins.at(round), 1);
    const auto stored = get(email_key("round" + std::to_string(round))).value();
    EXPECT_EQ(stored.values.at(test_schema().collection(members).position("points")),
              Value(static_cast<std::int64_t>(winner.at(round))));
  }
  EXPECT_EQ(all_of(members).size(), rounds);
}

// Every commit moves points between two members, so a reader sees the same sum at any moment.
TEST_P(Races, NeverShowASnapshotHalfACommit) {
  constexpr std::int64_t sum = 1000;
  commit({insert({.id = 1, .points = sum}), insert({.id = 2, .points = 0})});
  const auto& collection = test_schema().collection(members);
  const auto position = collection.position("points");
  const std::vector keys{member_key(1), member_key(2)};
  std::atomic<bool> done = false;
  std::atomic<int> committed = 0;
  race([&](Store& mine, std::size_t number) {
    if (number == 0) {
      for (int i = 0; i < 100; ++i) {
        const auto found = mine.snapshot()->get(members, keys);
        std::vector<Change> changes;
        for (const auto& before : found) {
          const auto points = std::get<std::int64_t>(before->values.at(position));
          auto after = with(members, *before, "points", sum - points);
          after = with(members, after, "version", version_of(collection, *before) + 1);
          changes.emplace_back(Replace{members, *before, after});
        }
        committed += mine.commit({std::move(changes)}) ? 1 : 0;
      }
      done = true;
      return;
    }
    do {
      std::int64_t total = 0;
      mine.snapshot()->scan({.collection = members, .index = "points"}, [&](const auto& document) {
        total += std::get<std::int64_t>(document.values.at(position));
        return true;
      });
      ASSERT_EQ(total, sum);
    } while (!done);
  });
  EXPECT_EQ(committed, 100);
}

TEST_P(Races, LetWritersOfDifferentDocumentsAllWin) {
  constexpr std::uint64_t each = 30;
  race([&](Store& mine, std::size_t number) {
    for (std::uint64_t i = 0; i < each; ++i) {
      ASSERT_TRUE(mine.commit({{insert({.id = number * each + i})}}));
    }
  });
  EXPECT_EQ(all_of(members).size(), thread_count * each);
}

// What others commit moves it as well, so it may be further on than one's own commits.
TEST_P(Races, EachSeesItsOwnCommitsMoveTheRevision) {
  constexpr std::uint64_t each = 20;
  race([&](Store& mine, std::size_t number) {
    for (std::uint64_t i = 0; i < each; ++i) {
      const auto before = mine.revision(members);
      ASSERT_TRUE(mine.commit({{insert({.id = number * each + i})}}));
      EXPECT_GT(mine.revision(members), before);
    }
  });
}

}  // namespace
}  // namespace wattback::store::conformance

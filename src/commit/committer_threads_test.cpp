// The working threads and many that submit; also what the thread sanitizer watches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using test_support::account_key;
using test_support::accounts_schema;
using test_support::BulkMove;
using test_support::Fault;
using test_support::find_account;
using test_support::Move;
using test_support::move_key;
using test_support::Open;
using test_support::user_number;

class CommitterThreads : public testing::Test {
 protected:
  static constexpr int users = 10;

  CommitterThreads() {
    below->apply_schema(accounts_schema());
    for (int i = 0; i < users; ++i) {
      const store::ChangeSet changes{{store::Insert{
          test_support::accounts,
          test_support::to_document({.user = user_number(i), .email = std::to_string(i)})}}};
      EXPECT_TRUE(below->commit(changes).has_value());
    }
  }

  bool is_stored(const store::Key& key) {
    return below->get(key.collection, std::span(&key, 1)).front().has_value();
  }

  std::int64_t total() {
    std::int64_t sum = 0;
    for (int i = 0; i < users; ++i) {
      sum += find_account(*below, user_number(i))->balance;
    }
    return sum;
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
};

// Faults by chance: the seed in the message replays them.
test_support::FaultyStore::Plan by_chance(unsigned seed) {
  return [random = std::minstd_rand(seed)](const store::ChangeSet& changes) mutable {
    switch (random() % 12) {
      case 0:
        return test_support::unknown_before();
      case 1:
        return test_support::unknown_after();
      case 2: {
        auto keys = test_support::keys_of(accounts_schema(), changes);
        keys.resize(1);
        return test_support::refused(store::Refusal::Reason::conflict, std::move(keys));
      }
      case 3:
        return test_support::refused(store::Refusal::Reason::conflict);
      default:
        return Fault{};
    }
  };
}

TEST_F(CommitterThreads, ManySubmitAndEachAnswerIsInTheStoreWhenItComes) {
  constexpr int threads = 8;
  constexpr int each = 150;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  faulty.set_plan(by_chance(seed));
  Committer committer(
      faulty, accounts_schema(),
      {.backoff_min = Milliseconds(1), .backoff_max = Milliseconds(4), .attempts_max = 1000});
  std::atomic<int> early = 0;
  std::atomic<int> failed = 0;
  {
    const WorkingThreads working(committer);
    std::vector<std::jthread> submitters;
    submitters.reserve(threads);
    for (int thread = 0; thread < threads; ++thread) {
      submitters.emplace_back([&, thread] {
        for (int i = 0; i < each; ++i) {
          const Move move{.user = user_number(i % users), .number = thread * each + i + 1};
          const auto answer = committer.run(move);
          failed += answer ? 0 : 1;
          early += is_stored(move_key(move.user, move.number)) ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(early, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(total(), threads * each);
  const auto metrics = committer.metrics();
  EXPECT_EQ(metrics.commands, threads * each);
  EXPECT_EQ(metrics.group_size.sum, threads * each);
  EXPECT_EQ(metrics.wait_seconds.count(), threads * each);
  EXPECT_GT(metrics.conflicts, 0U);
  EXPECT_GT(metrics.unknowns, 0U);
  EXPECT_GT(metrics.deferrals, 0U);
}

TEST_F(CommitterThreads, ASlowStoreMakesLargerGroups) {
  faulty.set_plan([](const store::ChangeSet&) { return Fault{.delay = Milliseconds(3)}; });
  Committer committer(faulty, accounts_schema());
  {
    const WorkingThreads working(committer);
    std::vector<std::jthread> submitters;
    submitters.reserve(8);
    for (int thread = 0; thread < 8; ++thread) {
      submitters.emplace_back([&, thread] {
        for (int i = 0; i < 20; ++i) {
          EXPECT_TRUE(committer.run(Move{.user = user_number(0), .number = thread * 20 + i + 1}));
        }
      });
    }
  }
  EXPECT_LT(committer.metrics().group_size.count(), 100U);
  EXPECT_EQ(total(), 160);
}

TEST_F(CommitterThreads, EndingDrainsWhatWaitsDeferredOnesIncluded) {
  faulty.set_plan(by_chance(7));
  Committer committer(faulty, accounts_schema(), {.attempts_max = 1000});
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  constexpr int commands = 600;
  {
    const WorkingThreads working(committer);
    for (int i = 1; i <= commands; ++i) {
      committer.submit(BulkMove{{.user = user_number(i % users), .number = i}},
                       [&](const Result<std::int64_t>& answer) {
                         ++answered;
                         failed += answer ? 0 : 1;
                       });
    }
  }
  EXPECT_EQ(answered, commands);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(total(), commands);
  EXPECT_GT(committer.metrics().deferrals, 0U);
}

// Closed while its first commit is under way, it is deferred three times after that.
TEST_F(CommitterThreads, EndingWaitsForWhatIsDeferredOnlyThen) {
  auto refusal =
      test_support::refused(store::Refusal::Reason::conflict, {account_key(user_number(1))});
  refusal.delay = Milliseconds(20);
  faulty.set_plan(test_support::in_turn({refusal, refusal, refusal}));
  Committer committer(faulty, accounts_schema());
  std::string answer;
  committer.submit(Move{.user = user_number(1)},
                   [&](const Result<std::int64_t>& told) { answer = test_support::to_text(told); });
  {
    const WorkingThreads working(committer);
  }
  EXPECT_EQ(answer, "1");
  EXPECT_EQ(committer.metrics().deferrals, 3U);
}

TEST_F(CommitterThreads, WhoSubmitsWhileItEndsGetsOneAnswer) {
  Committer committer(faulty, accounts_schema(), {.queue_max = 64});
  std::atomic<int> done = 0;
  std::atomic<int> turned_away = 0;
  std::vector<std::jthread> submitters;
  {
    const WorkingThreads working(committer);
    for (int thread = 0; thread < 4; ++thread) {
      submitters.emplace_back([&, thread] {
        for (int i = 1; turned_away == 0; ++i) {
          const auto answer = committer.run(Move{.user = user_number(thread), .number = i});
          if (answer) {
            ++done;
          } else {
            EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
            ++turned_away;
          }
        }
      });
    }
    while (done < 50) {
      std::this_thread::yield();
    }
  }
  submitters.clear();
  EXPECT_EQ(total(), done);
  EXPECT_GT(turned_away, 0);
}

}  // namespace
}  // namespace wattback::commit

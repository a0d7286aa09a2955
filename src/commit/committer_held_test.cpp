// What stands in the way of a commit and is not named may stand for long: a process that was killed
// leaves a transaction behind. Who does not touch the same is not to feel it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

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
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::user_number;
using testing::ElementsAre;
using testing::IsEmpty;

class CommitterHeld : public testing::Test {
 protected:
  static constexpr int users = 16;

  CommitterHeld() {
    below_->apply_schema(accounts_schema());
    for (int i = 1; i <= users; ++i) {
      test_support::open_elsewhere(*below_, user_number(i), std::to_string(i));
    }
    faulty.set_plan([this](const store::ChangeSet& changes) {
      const auto keys = test_support::keys_of(accounts_schema(), changes);
      const bool meets = stands && (std::ranges::find(keys, account_key(hot)) != keys.end());
      return meets ? test_support::refused(store::Refusal::Reason::conflict) : Fault{};
    });
  }

  void move(SteppedCommitter& stepped, const UserId& user, int number) {
    stepped.submit(std::to_string(number), Move{.user = user, .number = number});
  }

  // Until the one at fault stands alone and was refused so.
  void isolate(SteppedCommitter& stepped) {
    for (int number = 1; number <= 8; ++number) {
      move(stepped, number == 5 ? hot : user_number(number), number);
    }
    while (stepped.work()) {
    }
    EXPECT_EQ(stepped.take_answers().size(), 7U);
  }

  const UserId hot = user_number(5);
  bool stands = true;

 private:
  std::unique_ptr<store::Store> below_ = store::make_memory_store();

 protected:
  test_support::FaultyStore faulty{*below_};
};

TEST_F(CommitterHeld, WhoTouchesWhatIsHeldCostsOthersNoConflict) {
  SteppedCommitter stepped(faulty, accounts_schema());
  isolate(stepped);
  const auto conflicts = stepped.metrics().conflicts;
  for (int number = 9; number <= 12; ++number) {
    move(stepped, number % 2 == 0 ? hot : user_number(number), number);
  }
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("9: 1", "11: 1"));
  EXPECT_EQ(stepped.metrics().conflicts, conflicts);
  stands = false;
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("5: 1", "10: 2", "12: 3"));
}

TEST_F(CommitterHeld, WhatItOnlyReadIsNotHeld) {
  SteppedCommitter stepped(faulty, accounts_schema());
  const auto shared = user_number(9);
  stepped.submit("hot", Rule{[&](Workspace& workspace) {
                   EXPECT_TRUE(find_account(workspace, account_key(shared)));
                   return Move{.user = hot, .number = 1}.decide(workspace);
                 }});
  stepped.work();
  move(stepped, shared, 2);
  move(stepped, hot, 3);
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("2: 1"));
  stands = false;
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("hot: 1", "3: 2"));
}

TEST_F(CommitterHeld, OneOfBulkWorkHasItsTryAlsoWhereSinglesAlwaysCome) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("bulk", BulkMove{{.user = hot, .number = 1}});
  stepped.work();
  stands = false;
  std::vector<std::string> answers;
  for (int number = 2; number < 30; ++number) {
    move(stepped, user_number(1), number);
    stepped.advance(Milliseconds(1));
    stepped.work();
    std::ranges::move(stepped.take_answers(), std::back_inserter(answers));
  }
  EXPECT_THAT(answers, testing::Contains("bulk: 1"));
}

TEST_F(CommitterHeld, AtTheEndNobodyWaitsForIt) {
  SteppedCommitter stepped(faulty, accounts_schema());
  isolate(stepped);
  move(stepped, hot, 9);
  stepped.committer().close();
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("9: unavailable"));
  stands = false;
}

TEST_F(CommitterHeld, OneAloneTriesWhetherItStandsYet) {
  SteppedCommitter stepped(faulty, accounts_schema());
  isolate(stepped);
  move(stepped, hot, 9);
  const auto conflicts = stepped.metrics().conflicts;
  std::size_t answered = 0;
  std::size_t submitted = 0;
  while (stepped.time() < std::chrono::hours(1) + std::chrono::seconds(2)) {
    move(stepped, user_number(static_cast<int>(1 + submitted % 4)),
         static_cast<int>(10 + submitted));
    ++submitted;
    stepped.work();
    answered += stepped.take_answers().size();
    ASSERT_LE(submitted - answered, 1U) << "but while the one is tried";
    stepped.advance(Milliseconds(1));
  }
  stepped.work();
  EXPECT_EQ(answered + stepped.take_answers().size(), submitted);
  // After 5, 10, 20 ms and so on to half a second, or half of these; 9 was never tried.
  EXPECT_GE(stepped.metrics().conflicts - conflicts, 7U);
  EXPECT_LE(stepped.metrics().conflicts - conflicts, 11U);
  stands = false;
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("5: 1", "9: 2"));
}

TEST_F(CommitterHeld, WhoWaitedForTooLongIsAnswered) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.patience = Milliseconds(1'000)});
  isolate(stepped);
  stepped.advance(Milliseconds(600));
  move(stepped, hot, 9);
  const auto long_enough = stepped.time() + std::chrono::seconds(5);
  while (stepped.committer().waiting() > 0 && stepped.time() < long_enough) {
    stepped.work();
    stepped.advance(Milliseconds(1));
  }
  stands = false;
  EXPECT_THAT(stepped.take_answers(), ElementsAre("5: unavailable", "9: unavailable"));
  move(stepped, hot, 10);
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("10: 1"));
}

}  // namespace
}  // namespace wattback::commit

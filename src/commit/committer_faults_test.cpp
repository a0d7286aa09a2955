// What the store refuses, cannot do or leaves unknown, and which commands that costs what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using store::Refusal;
using test_support::account_key;
using test_support::accounts_schema;
using test_support::add_elsewhere;
using test_support::ChangeEmail;
using test_support::count_moves;
using test_support::email_key;
using test_support::Fault;
using test_support::find_account;
using test_support::in_turn;
using test_support::Move;
using test_support::move_document;
using test_support::move_key;
using test_support::moves_described;
using test_support::Open;
using test_support::refused;
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::to_document;
using test_support::unknown_after;
using test_support::unknown_before;
using test_support::user_number;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

const UserId ada = user_number(1);
const UserId bea = user_number(2);
const UserId cid = user_number(3);

class CommitterFaults : public testing::Test {
 protected:
  static constexpr int users = 16;

  CommitterFaults() {
    below->apply_schema(accounts_schema());
    for (int i = 1; i <= users; ++i) {
      test_support::open_elsewhere(*below, user_number(i), std::to_string(i));
    }
  }

  // Happens once, before the next commit is sent.
  void meanwhile(std::function<void()> elsewhere) {
    faulty.set_plan([elsewhere = std::move(elsewhere), first = true](const auto&) mutable {
      if (std::exchange(first, false)) {
        elsewhere();
      }
      return Fault{};
    });
  }

  // Happens once, before documents are read this one among them.
  void before_reading(const store::Key& key, std::function<void()> elsewhere) {
    faulty.set_before_get(
        [key, elsewhere = std::move(elsewhere), first = true](const auto& keys) mutable {
          if (std::ranges::find(keys, key) != keys.end() && std::exchange(first, false)) {
            elsewhere();
          }
        });
  }

  // Their first move, of 7 points, as another process would make it.
  void move_elsewhere(const UserId& user) {
    SteppedCommitter other(*below, accounts_schema());
    other.submit("elsewhere", Move{.user = user, .points = 7});
  }

  static bool writes(const store::ChangeSet& changes, const store::Key& key) {
    const auto keys = test_support::keys_of(accounts_schema(), changes);
    return std::ranges::find(keys, key) != keys.end();
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
};

// --- conflict

TEST_F(CommitterFaults, InnocentsCommitWhileAHotKeyWaits) {
  SteppedCommitter stepped(faulty, accounts_schema());
  meanwhile([this] { add_elsewhere(*below, ada, 100); });
  stepped.submit("bea", Move{.user = bea});
  stepped.submit("hot", Move{.user = ada});
  stepped.submit("cid", Move{.user = cid});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bea: 1", "cid: 1"));
  EXPECT_EQ(stepped.committer().waiting(), 1U);
  const auto metrics = stepped.metrics();
  EXPECT_EQ(metrics.conflicts, 1U);
  EXPECT_EQ(metrics.deferrals, 1U);
  EXPECT_EQ(metrics.commands, 2U);
  EXPECT_EQ(metrics.group_size.count(), 1U);
  EXPECT_EQ(metrics.group_size.sum, 2);
  EXPECT_EQ(metrics.commit_seconds.count(), 2U);

  stepped.advance(std::chrono::microseconds(4999));
  EXPECT_FALSE(stepped.work());
  stepped.advance(std::chrono::microseconds(5001));
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("hot: 101"));
  EXPECT_EQ(stepped.metrics().commands, 3U);
}

TEST_F(CommitterFaults, WhoOnlyReadAHotKeyWaitsWithIt) {
  SteppedCommitter stepped(faulty, accounts_schema());
  meanwhile([this] { add_elsewhere(*below, ada, 100); });
  stepped.submit("hot", Move{.user = ada});
  stepped.submit("reads it", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   return test_support::find_account(workspace, email_key("1"))->balance;
                 }});
  stepped.submit("refused on it", Move{.user = ada, .number = 2, .points = -2});
  stepped.submit("bea", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bea: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("hot: 101", "reads it: 101", "refused on it: 99"));
}

// The deposit of each pair must be decided before its withdrawal, at whatever attempt.
TEST_F(CommitterFaults, CommandsDeferredTogetherKeepTheirOrder) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan([this](const store::ChangeSet&) {
    if (faulty.met(Fault::Kind::none) < 5) {
      add_elsewhere(*below, ada, 0);
    }
    return Fault{};
  });
  for (int number = 1; number <= 40; number += 2) {
    stepped.submit("in", Move{.user = ada, .number = number, .points = 5});
    stepped.submit("out", Move{.user = ada, .number = number + 1, .points = -5});
  }
  stepped.work_all();
  EXPECT_EQ(stepped.metrics().conflicts, 5U);
  ASSERT_THAT(stepped.answers(), SizeIs(40));
  for (std::size_t i = 0; i < 40; i += 2) {
    EXPECT_EQ(stepped.answers()[i], "in: 5");
    EXPECT_EQ(stepped.answers()[i + 1], "out: 0");
  }
}

TEST_F(CommitterFaults, AnEmailTakenElsewhereMeanwhileIsTaken) {
  SteppedCommitter stepped(faulty, accounts_schema());
  meanwhile([this] { test_support::open_elsewhere(*below, user_number(50), "same"); });
  stepped.submit("second", Open{.user = user_number(51), .email = "same"});
  stepped.submit("other", Open{.user = user_number(52), .email = "other"});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("other: 0"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("second: already_exists"));
}

TEST_F(CommitterFaults, BackOffGrowsFromFiveToFiveHundredMilliseconds) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.attempts_max = 30});
  std::vector<std::chrono::microseconds> times;
  faulty.set_plan([&](const store::ChangeSet&) {
    times.push_back(stepped.time());
    return refused(Refusal::Reason::conflict, {account_key(ada)});
  });
  stepped.submit("hot", Move{.user = ada});
  while (stepped.committer().waiting() > 0) {
    if (!stepped.work()) {
      stepped.advance(std::chrono::microseconds(500));
    }
  }
  ASSERT_THAT(times, SizeIs(30));
  std::vector<std::chrono::microseconds> waits;
  for (std::size_t i = 1; i < times.size(); ++i) {
    waits.push_back(times[i] - times[i - 1]);
  }
  EXPECT_THAT(waits, Each(testing::Ge(Milliseconds(5))));
  EXPECT_THAT(waits, Each(Le(Milliseconds(501))));
  EXPECT_LE(waits.front(), Milliseconds(11));
  EXPECT_GE(waits.back(), Milliseconds(250));
  EXPECT_GT(std::ranges::count_if(waits, [&](auto wait) { return wait != waits.back(); }), 25);
}

TEST_F(CommitterFaults, CommandsDeferredTogetherWaitAsLongAsTheOldestOfThem) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan([this](const store::ChangeSet&) {
    return faulty.met(Fault::Kind::refused) < 5
               ? refused(Refusal::Reason::conflict, {account_key(ada)})
               : Fault{};
  });
  stepped.submit("old", Move{.user = ada});
  stepped.work();
  while (faulty.met(Fault::Kind::refused) < 4) {
    stepped.advance(Milliseconds(500));
    stepped.work();
  }
  stepped.advance(Milliseconds(500));
  stepped.submit("new", Move{.user = ada, .number = 2});
  stepped.work();
  EXPECT_EQ(stepped.metrics().deferrals, 6U);
  stepped.advance(Milliseconds(79));  // the fifth time 80 to 160, the first 5 to 10
  EXPECT_FALSE(stepped.work());
  stepped.advance(Milliseconds(81));
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.answers(), ElementsAre("old: 1", "new: 2"));
}

TEST_F(CommitterFaults, RetriesSpentAreUnavailableNeverConflict) {
  for (const auto reason : {Refusal::Reason::conflict, Refusal::Reason::already_exists}) {
    for (const auto& keys : {std::vector{account_key(ada)}, std::vector<store::Key>{}}) {
      SteppedCommitter stepped(faulty, accounts_schema(), {.attempts_max = 4});
      const auto before = faulty.met(Fault::Kind::refused);
      faulty.set_plan([&](const store::ChangeSet&) { return refused(reason, keys); });
      stepped.submit("hot", Move{.user = ada});
      stepped.work_all();
      EXPECT_THAT(stepped.answers(), ElementsAre("hot: unavailable"));
      EXPECT_EQ(faulty.met(Fault::Kind::refused) - before, 4U);
      EXPECT_EQ(stepped.metrics().conflicts, 4U);
      EXPECT_EQ(stepped.metrics().deferrals, 3U);
      EXPECT_EQ(stepped.metrics().commands, 1U);
    }
  }
}

TEST_F(CommitterFaults, AGroupIsHalvedWhenNoKeyIsNamedUntilTheOneAtFaultStandsAlone) {
  SteppedCommitter stepped(faulty, accounts_schema());
  const auto hot = account_key(user_number(5));
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size() / 2);
    return writes(changes, hot) ? refused(Refusal::Reason::conflict) : Fault{};
  });
  for (int i = 1; i <= 8; ++i) {
    stepped.submit(std::to_string(i), Move{.user = user_number(i)});
  }
  for (int i = 0; i < 10; ++i) {
    stepped.work();
  }
  EXPECT_THAT(sizes, testing::IsSupersetOf({8, 4, 2, 1}));
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("1: 1", "2: 1", "3: 1", "4: 1", "6: 1", "7: 1", "8: 1"));
  EXPECT_EQ(stepped.metrics().deferrals, 1U);
  faulty.set_plan({});
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("5: 1"));
}

TEST_F(CommitterFaults, AHalvedGroupGrowsAgainOnSuccess) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 16});
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size() / 2);
    return sizes.size() <= 3 ? refused(Refusal::Reason::conflict) : Fault{};
  });
  for (int number = 1; number <= 4; ++number) {
    for (int i = 1; i <= users; ++i) {
      stepped.submit("move", Move{.user = user_number(i), .number = number});
    }
  }
  stepped.work_all();
  // A member's four moves change five documents; here sizes count pairs, of one member each.
  EXPECT_THAT(sizes, ElementsAre(16, 8, 4, 2, 4, 8, 16, 16, 16, 2));
  EXPECT_EQ(stepped.metrics().deferrals, 0U);
  EXPECT_EQ(stepped.metrics().group_size.sum, 64);
}

TEST_F(CommitterFaults, AKeyNobodyTouchedIsNoKeyNamed) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({refused(Refusal::Reason::conflict, {account_key(cid)})}));
  stepped.submit("ada", Move{.user = ada});
  stepped.submit("bea", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("ada: 1"));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bea: 1"));
  EXPECT_EQ(stepped.metrics().deferrals, 0U);
}

// --- unknown and unavailable

TEST_F(CommitterFaults, AnUnknownCommitHasOneEffectAndTheCallerGetsIt) {
  for (const auto& fault : {unknown_before(), unknown_after()}) {
    SteppedCommitter stepped(faulty, accounts_schema());
    const bool after = fault.kind == Fault::Kind::unknown_after;
    const auto base = after ? 10 : 20;
    faulty.set_plan(in_turn({fault, fault}));
    stepped.submit("open", Open{.user = user_number(base + 100), .email = after ? "x" : "y"});
    stepped.submit("move", Move{.user = ada, .number = base, .points = 7});
    stepped.submit("edit", ChangeEmail{.user = bea, .email = after ? "bea" : "beatrice"});
    stepped.submit("refusal", Move{.user = cid, .number = base, .points = -1});
    stepped.work();
    EXPECT_THAT(stepped.answers(), IsEmpty());
    stepped.work_all();
    EXPECT_THAT(stepped.answers(), ElementsAre("open: 0", "move: " + std::to_string(after ? 14 : 7),
                                               std::string("edit: ") + (after ? "bea" : "beatrice"),
                                               "refusal: insufficient_points"));
    EXPECT_EQ(find_account(*below, ada)->balance, after ? 14 : 7);
    // Told that it happened, the second time there is nothing left to commit.
    EXPECT_EQ(stepped.metrics().unknowns, after ? 1U : 2U);
  }
  EXPECT_EQ(count_moves(*below, ada), 2U);
}

TEST_F(CommitterFaults, AnUnknownCommitIsSettledAlsoWhenOthersWroteSince) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({unknown_after()}));
  stepped.submit("move", Move{.user = ada, .points = 7});
  stepped.work();
  stepped.submit("meanwhile", Move{.user = ada, .number = 2, .points = -7});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("meanwhile: 0", "move: 7"));
  EXPECT_EQ(find_account(*below, ada)->balance, 0);
}

// One that finds no effect of its own, nor looks for it.
Rule add_a_point(const UserId& user, std::optional<std::int64_t> number = {}) {
  return {.rule = [=](Workspace& workspace) -> Result<std::int64_t> {
    auto account = *find_account(workspace, account_key(user));
    ++account.balance;
    workspace.replace(test_support::accounts_described(), to_document(account));
    if (number) {
      workspace.insert(moves_described(), move_document(user, *number, 1, account.balance));
    }
    return account.balance;
  }};
}

TEST_F(CommitterFaults, WhatAnUnknownCommitDidIsNotDoneAgainThoughTheCommandWould) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({unknown_after(), unknown_before()}));
  stepped.submit("happened", add_a_point(ada));
  stepped.submit("refused", Move{.user = bea, .points = -1});
  stepped.work_all();
  stepped.submit("did not", add_a_point(cid));
  stepped.work_all();
  EXPECT_THAT(stepped.answers(),
              ElementsAre("happened: 1", "refused: insufficient_points", "did not: 1"));
  EXPECT_EQ(find_account(*below, ada)->balance, 1);
  EXPECT_EQ(find_account(*below, cid)->balance, 1);
  EXPECT_EQ(stepped.metrics().unknowns, 2U);
  EXPECT_EQ(stepped.metrics().wait_seconds.count(), 3U);
}

TEST_F(CommitterFaults, WhatAnUnknownCommitDidIsFoundBehindWhatOthersWroteSince) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({unknown_after()}));
  stepped.submit("happened", add_a_point(ada, 1));
  stepped.work();
  add_elsewhere(*below, ada, 5);
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("happened: 1"));
  EXPECT_EQ(find_account(*below, ada)->balance, 6);
}

// One that came earlier is given up, and asks again; what it then does is what it would have done.
TEST_F(CommitterFaults, WhatOneThatAskedAgainDidDoesNotShowThatItsFirstCommitHappened) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.patience = Milliseconds(1'000)});
  faulty.set_plan(
      in_turn({refused(Refusal::Reason::conflict, {account_key(ada)}), unknown_before()}));
  stepped.submit("early", add_a_point(ada, 1));
  stepped.work();
  stepped.advance(Milliseconds(990));
  stepped.submit("hers", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   return find_account(workspace, account_key(bea))->balance;
                 }});
  faulty.set_after_commit([&] { stepped.advance(Milliseconds(10)); });
  stepped.advance(Milliseconds(10));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("early: unavailable"));
  stepped.submit("early again", add_a_point(ada, 1));
  stepped.work();
  add_elsewhere(*below, bea, 5);
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("early again: 1", "hers: 5"));
}

TEST_F(CommitterFaults, WhileAnUnknownCommitCannotBeLookedForNothingIsDecidedAgain) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({unknown_after()}));
  stepped.submit("happened", add_a_point(ada));
  stepped.work();
  faulty.set_before_get([](std::span<const store::Key>) { throw store::StoreUnavailable("away"); });
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("happened: unavailable"));
  EXPECT_EQ(find_account(*below, ada)->balance, 1);
}

TEST_F(CommitterFaults, ACommitUnknownForEverIsUnavailable) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.attempts_max = 3});
  faulty.set_plan([](const store::ChangeSet&) { return unknown_before(); });
  stepped.submit("move", Move{.user = ada});
  stepped.submit("refusal", Move{.user = bea, .points = -1});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("move: unavailable", "refusal: unavailable"));
  EXPECT_EQ(stepped.metrics().unknowns, 3U);
}

TEST_F(CommitterFaults, ACommitUnknownForLongerThanItsSenderWaitsIsUnavailable) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.patience = Milliseconds(30'000)});
  faulty.set_plan([&](const store::ChangeSet&) {
    stepped.advance(Milliseconds(15'000));
    return unknown_before();
  });
  stepped.submit("move", Move{.user = ada});
  stepped.work();
  stepped.submit("later", Move{.user = bea});
  EXPECT_THAT(stepped.answers(), IsEmpty());
  stepped.advance(Milliseconds(10));  // the back-off
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("move: unavailable"));
  EXPECT_EQ(stepped.metrics().unknowns, 2U);
  faulty.set_plan({});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("later: 1"));
}

TEST_F(CommitterFaults, AStoreThatCannotBeReachedIsNotAskedForEachOfAHalvedGroup) {
  SteppedCommitter stepped(faulty, accounts_schema());
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size() / 2);
    return sizes.size() <= 3 ? refused(Refusal::Reason::conflict) : test_support::unavailable();
  });
  for (int i = 1; i <= 8; ++i) {
    stepped.submit("move", Move{.user = user_number(i)});
  }
  stepped.work_all();
  EXPECT_THAT(sizes, ElementsAre(8, 4, 2, 1, 7));
  EXPECT_THAT(stepped.answers(), testing::AllOf(SizeIs(8), Each("move: unavailable")));
}

TEST_F(CommitterFaults, AStoreThatCannotBeReachedIsUnavailableToTheGroupAlone) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({test_support::unavailable()}));
  stepped.submit("commit", Move{.user = ada});
  stepped.submit("nobody", Move{.user = user_number(99)});
  stepped.work();
  faulty.set_before_get([](auto) { throw store::StoreUnavailable("gone"); });
  stepped.submit("load", Move{.user = ada});
  stepped.work();
  stepped.submit("read through", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   return find_account(workspace, account_key(ada))->balance;
                 }});
  stepped.work();
  faulty.set_before_get({});
  stepped.submit("again", Move{.user = ada});
  stepped.work();
  EXPECT_THAT(stepped.answers(),
              ElementsAre("commit: unavailable", "nobody: unavailable", "load: unavailable",
                          "read through: unavailable", "again: 1"));
  EXPECT_EQ(stepped.metrics().unavailables, 3U);
  EXPECT_EQ(stepped.metrics().commands, 5U);
}

// --- torn reads

// The balance, which is that after the first move. The account is loaded with its group, the move
// is read through after that.
Rule read_in_two(const UserId& user) {
  return {.rule = [=](Workspace& workspace) -> Result<std::int64_t> {
            const auto balance = find_account(workspace, account_key(user))->balance;
            const auto* move = workspace.find(move_key(user, 1));
            if (balance != (move == nullptr ? 0 : std::get<std::int64_t>(move->values.at(3)))) {
              throw TornRead("the balance does not fit the move");
            }
            return balance;
          },
          .wanted = {account_key(user)}};
}

TEST_F(CommitterFaults, ATornReadIsDecidedAgainOnFreshDocumentsWhileTheOthersCommit) {
  SteppedCommitter stepped(faulty, accounts_schema());
  before_reading(move_key(ada, 1), [this] { move_elsewhere(ada); });
  stepped.submit("bea", Move{.user = bea});
  stepped.submit("torn", read_in_two(ada));
  stepped.submit("refusal", Move{.user = bea, .number = 2, .points = -2});
  stepped.submit("cid", Move{.user = cid});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("bea: 1", "refusal: insufficient_points", "cid: 1"));
  EXPECT_EQ(stepped.committer().waiting(), 1U);
  const auto metrics = stepped.metrics();
  EXPECT_EQ(metrics.conflicts, 0U);
  EXPECT_EQ(metrics.deferrals, 1U);
  EXPECT_EQ(metrics.commands, 3U);
  EXPECT_EQ(metrics.group_size.sum, 3);

  stepped.advance(std::chrono::microseconds(4999));
  EXPECT_FALSE(stepped.work());
  stepped.advance(std::chrono::microseconds(5001));
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("torn: 7"));
}

TEST_F(CommitterFaults, WhatATornDecisionWroteIsDropped) {
  SteppedCommitter stepped(faulty, accounts_schema());
  before_reading(move_key(ada, 1), [this] { move_elsewhere(ada); });
  stepped.submit("torn", Rule{.rule =
                                  [](Workspace& workspace) {
                                    auto account = *find_account(workspace, account_key(bea));
                                    account.balance += 100;
                                    account.email = "torn";
                                    workspace.replace(test_support::accounts_described(),
                                                      to_document(account));
                                    return read_in_two(ada).decide(workspace);
                                  },
                              .wanted = {account_key(ada)}});
  stepped.submit("spend", Move{.user = bea, .points = -1});
  stepped.submit("free", ChangeEmail{.user = cid, .email = "torn"});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("spend: insufficient_points", "free: torn"));
  EXPECT_EQ(find_account(*below, bea)->balance, 0);
  EXPECT_EQ(find_account(*below, cid)->email, "torn");
}

TEST_F(CommitterFaults, AGroupOfTornReadsAnswersNothingAndDoesNotGrow) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 16});
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size() / 2);
    return sizes.size() <= 3 ? refused(Refusal::Reason::conflict) : Fault{};
  });
  bool torn = false;
  for (int i = 1; i <= users; ++i) {
    stepped.submit("move", Rule{[&torn, i](Workspace& workspace) -> Result<std::int64_t> {
                     if (torn) {
                       throw TornRead("for now");
                     }
                     return Move{.user = user_number(i)}.decide(workspace);
                   }});
  }
  stepped.work();
  ASSERT_THAT(sizes, ElementsAre(16, 8, 4, 2));  // halved, and grown to 4 by the last
  EXPECT_THAT(stepped.take_answers(), SizeIs(2));

  torn = true;
  EXPECT_TRUE(stepped.work());
  EXPECT_EQ(stepped.metrics().deferrals, 4U);
  EXPECT_TRUE(stepped.work());
  EXPECT_EQ(stepped.metrics().deferrals, 8U);
  EXPECT_THAT(stepped.answers(), IsEmpty());
  EXPECT_EQ(stepped.committer().waiting(), 14U);
  EXPECT_EQ(stepped.metrics().group_size.count(), 1U);
  EXPECT_THAT(sizes, SizeIs(4));

  torn = false;
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), SizeIs(14));
  EXPECT_EQ(sizes.at(4), 4U);
}

TEST_F(CommitterFaults, AReadTornForEverIsUnavailable) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.attempts_max = 4});
  int decisions = 0;
  stepped.submit("torn", Rule{[&](Workspace&) -> Result<std::int64_t> {
                   ++decisions;
                   throw TornRead("for ever");
                 }});
  stepped.submit("ada", Move{.user = ada});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("ada: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("torn: unavailable"));
  EXPECT_EQ(decisions, 4);
  EXPECT_EQ(stepped.metrics().deferrals, 3U);
  EXPECT_EQ(stepped.metrics().conflicts, 0U);
  EXPECT_EQ(stepped.metrics().commands, 2U);
}

TEST_F(CommitterFaults, AReadTornAmongThoseDecidedOneByOneWaitsToo) {
  SteppedCommitter stepped(faulty, accounts_schema());
  int decisions = 0;
  stepped.submit("poison", Move{.user = ada, .note = std::string(20'000, 'x')});
  stepped.submit("torn", Rule{[&](Workspace& workspace) -> Result<std::int64_t> {
                   if (++decisions == 2) {
                     throw TornRead("the second time");
                   }
                   return Move{.user = bea}.decide(workspace);
                 }});
  stepped.submit("cid", Move{.user = cid});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("poison: internal", "cid: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("torn: 1"));
}

// --- poison

TEST_F(CommitterFaults, AnInvalidDocumentFailsItsOwnCommand) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("before", Move{.user = ada, .points = 3});
  stepped.submit("poison", Move{.user = ada, .number = 2, .note = std::string(20'000, 'x')});
  stepped.submit("after", Move{.user = ada, .number = 3, .points = -3});
  stepped.submit("refusal", Move{.user = ada, .number = 4, .points = -1});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.answers(), ElementsAre("before: 3", "poison: internal", "after: 0",
                                             "refusal: insufficient_points"));
  EXPECT_EQ(stepped.metrics().invalids, 2U);
  EXPECT_EQ(stepped.metrics().commands, 4U);
  EXPECT_FALSE(stepped.work());
}

TEST_F(CommitterFaults, AConflictAmongThoseDecidedOneByOneDelaysOnlyItsOwn) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan([commits = 0](const store::ChangeSet& changes) mutable {
    ++commits;
    return commits < 4 && writes(changes, account_key(bea)) && !writes(changes, account_key(ada))
               ? refused(Refusal::Reason::conflict, {account_key(bea)})
               : Fault{};
  });
  stepped.submit("poison", Move{.user = ada, .number = 2, .note = std::string(20'000, 'x')});
  stepped.submit("hot", Move{.user = bea});
  stepped.submit("cid", Move{.user = cid});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("poison: internal", "cid: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("hot: 1"));
}

TEST_F(CommitterFaults, AThrowingRuleFailsItsOwnCommandAndLeavesNoTrace) {
  SteppedCommitter stepped(faulty, accounts_schema());
  int commits = 0;
  faulty.set_plan([&](const store::ChangeSet&) {
    ++commits;
    return Fault{};
  });
  stepped.submit("before", Move{.user = ada});
  stepped.submit("throws", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   auto account = *find_account(workspace, account_key(ada));
                   account.balance = 1000;
                   workspace.replace(test_support::accounts_described(), to_document(account));
                   throw std::logic_error("a mistake");
                 }});
  stepped.submit("after", Move{.user = ada, .number = 2});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("before: 1", "throws: internal", "after: 2"));
  EXPECT_EQ(commits, 1);
}

struct CannotSayItsKeys {
  using Reply = std::int64_t;
  // NOLINTNEXTLINE(readability-convert-member-functions-to-static): the shape of a command
  std::vector<store::Key> keys() const { throw std::logic_error("a mistake"); }
  Result<Reply> decide(Workspace& /*workspace*/) const { return 0; }
};

TEST_F(CommitterFaults, ACommandThatCannotSayItsKeysFailsAlone) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("before", Move{.user = ada});
  stepped.submit("throws", CannotSayItsKeys{});
  stepped.submit("after", Move{.user = ada, .number = 2});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("before: 1", "throws: internal", "after: 2"));
}

TEST_F(CommitterFaults, ADocumentTheStoreCannotReadFailsOnlyThoseThatNameIt) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_before_get([](std::span<const store::Key> keys) {
    if (std::ranges::find(keys, account_key(bea)) != keys.end()) {
      throw std::runtime_error("not a document of ours");
    }
  });
  stepped.submit("ada", Move{.user = ada});
  stepped.submit("bea", Move{.user = bea});
  stepped.submit("cid", Move{.user = cid});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("ada: 1", "bea: internal", "cid: 1"));
}

TEST_F(CommitterFaults, WithoutItsTimeZoneACommandIsUnavailable) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("ada", Move{.user = ada});
  stepped.submit("far", Rule{[](Workspace&) -> Result<std::int64_t> {
                   throw TimeZoneUnread("no descriptor is left");
                 }});
  stepped.submit("bea", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("ada: 1", "far: unavailable", "bea: 1"));
}

Rule write_moves(const UserId& user, int count) {
  return {.rule = [=](Workspace& workspace) -> Result<std::int64_t> {
    for (int number = 1; number <= count; ++number) {
      workspace.insert(moves_described(), move_document(user, number, 0, 0));
    }
    return count;
  }};
}

TEST_F(CommitterFaults, ACommandOfTooManyDocumentsFailsAlone) {
  SteppedCommitter stepped(faulty, accounts_schema());
  const int most = static_cast<int>(command_documents_max);
  stepped.submit("before", Move{.user = ada});
  stepped.submit("too many", write_moves(bea, most + 1));
  stepped.submit("most", write_moves(cid, most));
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("before: 1", "too many: internal", "most: 64"));
  EXPECT_EQ(count_moves(*below, bea), 0U);
  EXPECT_EQ(count_moves(*below, cid), 64U);
  EXPECT_EQ(stepped.metrics().invalids, 0U);
}

// --- what fits a commit

TEST_F(CommitterFaults, GroupsFitTheChangesACommitMayHave) {
  auto capabilities = below->capabilities();
  capabilities.commit_changes_max = 65;
  faulty.set_capabilities(capabilities);
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size());
    return Fault{};
  });
  SteppedCommitter stepped(faulty, accounts_schema());
  for (int number = 1; number <= 10; ++number) {
    for (int i = 1; i <= users; ++i) {
      stepped.submit("move", Move{.user = user_number(i), .number = number});
    }
  }
  stepped.submit("large", write_moves(user_number(77), 64));
  stepped.submit("last", Move{.user = ada, .number = 11});
  stepped.work_all();
  EXPECT_THAT(sizes, Each(Le(65U)));
  EXPECT_EQ(sizes.front(), 65U);  // 16 members and their 49 first moves: all that fits
  EXPECT_EQ(stepped.metrics().invalids, 0U);
  EXPECT_EQ(stepped.metrics().deferrals, 0U);
  ASSERT_THAT(stepped.answers(), SizeIs(162));
  for (std::size_t i = 0; i < 160; ++i) {  // in order, each with the balance of its turn
    EXPECT_EQ(stepped.answers()[i], "move: " + std::to_string(i / 16 + 1));
  }
  EXPECT_EQ(stepped.answers()[160], "large: 64");
  EXPECT_EQ(stepped.answers()[161], "last: 11");
  EXPECT_EQ(stepped.metrics().group_size.sum, 162);
  EXPECT_EQ(stepped.metrics().wait_seconds.count(), 162U);
}

TEST_F(CommitterFaults, GroupsFitTheBytesACommitMayHaveAndOneThatCannotFailsAlone) {
  auto capabilities = below->capabilities();
  capabilities.commit_bytes_max = 20'000;
  faulty.set_capabilities(capabilities);
  std::vector<std::size_t> sizes;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    sizes.push_back(changes.changes.size());
    return Fault{};
  });
  SteppedCommitter stepped(faulty, accounts_schema());
  for (int number = 1; number <= 30; ++number) {
    stepped.submit("move", Move{.user = ada, .number = number, .note = std::string(2'000, 'x')});
  }
  stepped.submit("too large", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   for (int number = 1; number <= 3; ++number) {
                     workspace.insert(moves_described(),
                                      move_document(bea, number, 0, 0, std::string(9'000, 'x')));
                   }
                   return 0;
                 }});
  stepped.submit("last", Move{.user = ada, .number = 31});
  stepped.work_all();
  ASSERT_THAT(stepped.answers(), SizeIs(32));
  EXPECT_EQ(stepped.answers()[29], "move: 30");
  EXPECT_EQ(stepped.answers()[30], "too large: internal");
  EXPECT_EQ(stepped.answers()[31], "last: 31");
  EXPECT_EQ(stepped.metrics().invalids, 1U);
  EXPECT_THAT(sizes, Each(Le(5U)));
  EXPECT_EQ(sizes.front(), 5U);  // the account and 4 moves: half of what the store takes
  EXPECT_LE(stepped.metrics().commit_seconds.count(), 10U);
}

}  // namespace
}  // namespace wattback::commit

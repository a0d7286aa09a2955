// What is decided while the group before it is being committed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using store::Refusal;
using test_support::account_key;
using test_support::accounts_described;
using test_support::accounts_schema;
using test_support::add_elsewhere;
using test_support::ChangeEmail;
using test_support::count_moves;
using test_support::email_key;
using test_support::Fault;
using test_support::find_account;
using test_support::Move;
using test_support::Open;
using test_support::refused;
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::to_document;
using test_support::user_number;
using testing::ElementsAre;
using testing::IsEmpty;

const UserId ada = user_number(1);
const UserId bea = user_number(2);
const UserId cid = user_number(3);

class CommitterAhead : public testing::Test {
 protected:
  CommitterAhead() {
    below->apply_schema(accounts_schema());
    for (const auto& [user, email] : {std::pair{ada, "ada"}, {bea, "bea"}, {cid, "cid"}}) {
      test_support::open_elsewhere(*below, user, email);
    }
  }

  // Submits what is given, and decides it, while the first group is being committed.
  void while_the_first_commits(std::function<void()> submit, Fault fault = {}) {
    faulty.set_plan([this, submit = std::move(submit),
                     fault = std::move(fault)](const store::ChangeSet& changes) -> Fault {
      commit_sizes.push_back(changes.changes.size());
      if (commit_sizes.size() > 1) {
        return {};
      }
      submit();
      EXPECT_TRUE(stepped.committer().decide());
      EXPECT_THAT(stepped.answers(), IsEmpty());
      return fault;
    });
  }

  // Once the first group is in the store and before that is known here; what is submitted then is
  // decided on it.
  void commit_then(std::function<void()> meanwhile) {
    faulty.set_after_commit([this, meanwhile = std::move(meanwhile)] {
      if (std::exchange(commit_sizes, {1}).empty()) {
        meanwhile();
        EXPECT_TRUE(stepped.committer().decide());
        EXPECT_THAT(stepped.answers(), IsEmpty());
      }
    });
  }

  static Rule find_balance_of(const std::string& email) {
    return {[email](Workspace& workspace) -> Result<std::int64_t> {
      const auto account = find_account(workspace, email_key(email));
      return account ? Result<std::int64_t>(account->balance)
                     : fail(ErrorCode::not_found, "nobody has it");
    }};
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
  std::vector<std::size_t> commit_sizes;  // how many documents each one changed
  std::vector<std::string> decided;
  SteppedCommitter stepped{faulty, accounts_schema(), {.group_max = 16}};
};

TEST_F(CommitterAhead, SeesWhatTheGroupInFlightLeavesAndIsAnsweredAfterItsOwnCommit) {
  while_the_first_commits([this] {
    stepped.submit("spend", Move{.user = ada, .number = 2, .points = -3});
    stepped.submit("again", Move{.user = ada, .number = 1, .points = 5});
    stepped.submit("too much", Move{.user = ada, .number = 3, .points = -3});
  });
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 5});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("earn: 5"));
  EXPECT_TRUE(stepped.committer().commit());
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("spend: 2", "again: 5", "too much: insufficient_points"));
  EXPECT_EQ(find_account(*below, ada)->balance, 2);
  EXPECT_EQ(find_account(*below, ada)->version, 3);
  EXPECT_THAT(commit_sizes, ElementsAre(2, 2));
  EXPECT_EQ(stepped.metrics().conflicts, 0U);
  EXPECT_FALSE(stepped.work());
}

TEST_F(CommitterAhead, WhatIsInFlightIsNotReadAgain) {
  std::vector<store::Key> read;
  faulty.set_before_get(
      [&](std::span<const store::Key> keys) { read.insert(read.end(), keys.begin(), keys.end()); });
  while_the_first_commits([&] {
    read.clear();
    stepped.submit("more", Move{.user = ada, .number = 2});
    stepped.submit("her email", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                     return find_account(workspace, email_key("ada"))->balance;
                   }});
  });
  stepped.submit("first", Move{.user = ada});
  stepped.work();
  stepped.work();
  EXPECT_THAT(read, ElementsAre(test_support::move_key(ada, 2)));
  EXPECT_THAT(stepped.answers(), ElementsAre("first: 1", "more: 2", "her email: 2"));
}

TEST_F(CommitterAhead, AnEmailThatIsGivenUpOrTakenInFlightIsSo) {
  while_the_first_commits([this] {
    stepped.submit("taken", Open{.user = user_number(10), .email = "new"});
    stepped.submit("passed on", Open{.user = user_number(11), .email = "bea"});
    stepped.submit("free", Open{.user = user_number(12), .email = "ada"});
  });
  stepped.submit("ada", ChangeEmail{.user = ada, .email = "new"});
  stepped.submit("bea", ChangeEmail{.user = bea, .email = "b"});
  stepped.submit("cid", ChangeEmail{.user = cid, .email = "bea"});
  stepped.work();
  stepped.work();
  EXPECT_THAT(stepped.answers(),
              ElementsAre("ada: new", "bea: b", "cid: bea", "taken: already_exists",
                          "passed on: already_exists", "free: 0"));
  EXPECT_EQ(find_account(*below, user_number(12))->email, "ada");
  EXPECT_EQ(stepped.metrics().conflicts, 0U);
}

TEST_F(CommitterAhead, WhatIsRemovedInFlightIsGone) {
  while_the_first_commits([this] {
    stepped.submit("nobody", Move{.user = ada});
    stepped.submit("her email", Open{.user = user_number(10), .email = "ada"});
  });
  stepped.submit("remove", Rule{.rule = [](Workspace& workspace) -> Result<std::int64_t> {
                                  workspace.remove(account_key(ada));
                                  return 0;
                                },
                                .wanted = {account_key(ada)}});
  stepped.work();
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("remove: 0", "nobody: not_found", "her email: 0"));
}

// --- the commit in flight fails

TEST_F(CommitterAhead, IsDecidedAgainAfterAConflict) {
  while_the_first_commits([this] {
    add_elsewhere(*below, ada, 100);
    stepped.submit("spend", Move{.user = ada, .number = 2, .points = -2});
  });
  stepped.submit("earn", Move{.user = ada, .points = 2});
  stepped.submit("bea", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bea: 1"));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("spend: 98"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("earn: 100"));
  EXPECT_EQ(stepped.metrics().conflicts, 1U);
}

TEST_F(CommitterAhead, IsDecidedAgainOnWhatIsThereWhereTheFateIsUnknown) {
  for (const bool happened : {true, false}) {
    commit_sizes.clear();
    const auto number = happened ? 1 : 3;
    while_the_first_commits(
        [&] { stepped.submit("spend", Move{.user = ada, .number = number + 1, .points = -2}); },
        happened ? test_support::unknown_after() : test_support::unknown_before());
    stepped.submit("earn", Move{.user = ada, .number = number, .points = 2});
    stepped.work();
    EXPECT_THAT(stepped.answers(), IsEmpty());
    stepped.work();
    EXPECT_THAT(stepped.take_answers(),
                ElementsAre(happened ? "spend: 0" : "spend: insufficient_points"));
    stepped.work_all();
    EXPECT_THAT(stepped.take_answers(), ElementsAre("earn: 2"));
  }
  EXPECT_EQ(count_moves(*below, ada), 3U);
}

TEST_F(CommitterAhead, IsDecidedAgainWhereTheStoreCouldNotBeReached) {
  while_the_first_commits([this] { stepped.submit("spend", Move{.user = ada, .points = -2}); },
                          test_support::unavailable());
  stepped.submit("earn", Move{.user = ada, .points = 2});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("earn: unavailable"));
  EXPECT_EQ(stepped.committer().waiting(), 1U);
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("spend: insufficient_points"));
}

TEST_F(CommitterAhead, NothingIsDecidedOnWhatHasFailed) {
  auto& committer = stepped.committer();
  faulty.set_plan(test_support::in_turn({test_support::unavailable()}));
  committer.submit(Move{.user = ada, .points = 2}, [&](const Result<std::int64_t>& answer) {
    EXPECT_FALSE(answer.has_value());
    stepped.submit("spend", Move{.user = ada, .number = 2, .points = -2});
    EXPECT_FALSE(committer.decide());
  });
  stepped.work();
  EXPECT_THAT(stepped.answers(), IsEmpty());
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("spend: insufficient_points"));
}

// In the order they came, those that waited all along after them.
TEST_F(CommitterAhead, FollowsWhatTheFailedCommitLeft) {
  const auto rule = [this](const std::string& name) {
    return Rule{[this, name](Workspace&) -> Result<std::int64_t> {
      decided.push_back(name);
      return 0;
    }};
  };
  while_the_first_commits(
      [&] {
        stepped.submit("ahead", rule("ahead"));
        stepped.submit("ahead too", rule("ahead too"));
        EXPECT_TRUE(stepped.committer().decide());
        decided.clear();
        stepped.submit("waits", rule("waits"));
      },
      refused(Refusal::Reason::conflict, {account_key(ada)}));
  stepped.submit("hot", Move{.user = ada});
  stepped.submit("innocent", rule("innocent"));
  stepped.work();
  stepped.work();
  EXPECT_THAT(decided, ElementsAre("waits", "innocent", "ahead", "ahead too", "waits"));
}

TEST_F(CommitterAhead, OneThatIsInvalidFailsAloneBeforeIt) {
  while_the_first_commits([this] { stepped.submit("ahead", Move{.user = ada, .number = 9}); });
  stepped.submit("before", Move{.user = ada});
  stepped.submit("poison", Move{.user = ada, .number = 2, .note = std::string(20'000, 'x')});
  stepped.submit("after", Move{.user = ada, .number = 3});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("before: 1", "poison: internal", "after: 2"));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("ahead: 3"));
  EXPECT_THAT(commit_sizes.size(), 5U);  // all, each of the three, and what was ahead
}

// --- while others commit too

TEST_F(CommitterAhead, AfterAConflictOthersGetTheirTurnBetweenSomeGroups) {
  constexpr std::size_t groups = 20;
  constexpr std::size_t turns = 16;
  constexpr Milliseconds takes(10);
  std::vector<bool> ahead;
  std::vector<std::chrono::microseconds> began;
  faulty.set_plan([&](const store::ChangeSet& /*changes*/) -> Fault {
    if (std::exchange(commit_sizes, {1}).empty()) {
      return refused(Refusal::Reason::conflict, {account_key(ada)});
    }
    began.push_back(stepped.time());
    stepped.advance(takes);
    if (began.size() < groups) {
      stepped.submit("next", Move{.user = bea, .number = std::ssize(began)});
      ahead.push_back(stepped.committer().decide());
    }
    return {};
  });
  stepped.submit("hot", Move{.user = ada});
  stepped.work_all();
  ASSERT_EQ(began.size(), groups);
  for (std::size_t i = 0; i + 1 < groups; ++i) {
    EXPECT_EQ(ahead.at(i), i >= turns) << i;
    EXPECT_GE(began.at(i + 1) - began.at(i), (i + 1 < turns ? 3 : 1) * takes) << i;
  }
  EXPECT_EQ(stepped.metrics().conflicts, 1U);
}

TEST_F(CommitterAhead, ATurnIsNoLongerThanTwoHundredMillisecondsHoweverLongACommitTook) {
  faulty.set_plan([&](const store::ChangeSet& /*changes*/) -> Fault {
    if (std::exchange(commit_sizes, {1}).empty()) {
      return refused(Refusal::Reason::conflict, {account_key(ada)});
    }
    stepped.advance(Milliseconds(12'000));  // a fail-over
    return {};
  });
  stepped.submit("hot", Move{.user = ada});
  stepped.work_all();
  stepped.submit("next", Move{.user = bea});
  EXPECT_FALSE(stepped.committer().decide());
  stepped.advance(Milliseconds(200));
  EXPECT_TRUE(stepped.committer().decide());
  stepped.work_all();
}

// --- what another process changes meanwhile

TEST_F(CommitterAhead, WhatAnotherChangedSinceTheCommitInFlightIsReadAnewByWhoWritesNothing) {
  commit_then([this] {
    add_elsewhere(*below, ada, 5);
    stepped.submit("enough", Move{.user = ada, .number = 2, .points = -5});
    stepped.submit("hers", find_balance_of("ada"));
    stepped.submit("another's", Move{.user = bea});
  });
  stepped.submit("first", Move{.user = ada});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("first: 1", "enough: 1", "hers: 1", "another's: 1"));
}

TEST_F(CommitterAhead, AnEmailThatAnotherTookSinceTheCommitInFlightGaveItUpIsTaken) {
  commit_then([this] {
    test_support::open_elsewhere(*below, user_number(10), "ada");
    stepped.submit("whose", find_balance_of("ada"));
  });
  stepped.submit("gives up", ChangeEmail{.user = ada, .email = "new"});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("gives up: new", "whose: 0"));
}

TEST_F(CommitterAhead, WhatStandsAsTheCommitInFlightLeftItIsAnsweredAsDecided) {
  int decided_times = 0;
  commit_then([&] {
    stepped.submit("hers", Rule{[&](Workspace& workspace) -> Result<std::int64_t> {
                     ++decided_times;
                     return find_account(workspace, account_key(ada))->balance;
                   }});
  });
  stepped.submit("first", Move{.user = ada});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("first: 1", "hers: 1"));
  EXPECT_EQ(decided_times, 1);
}

// --- the group as it is decided

TEST_F(CommitterAhead, BatchesMakeOneGroup) {
  auto& committer = stepped.committer();
  stepped.submit("first", Move{.user = ada});
  EXPECT_TRUE(committer.decide());
  stepped.submit("second", Move{.user = ada, .number = 2});
  stepped.submit("other", Move{.user = bea});
  EXPECT_TRUE(committer.decide());
  EXPECT_FALSE(committer.decide());
  EXPECT_EQ(committer.waiting(), 3U);
  EXPECT_THAT(stepped.answers(), IsEmpty());
  EXPECT_TRUE(committer.commit());
  EXPECT_EQ(committer.waiting(), 0U);
  EXPECT_THAT(stepped.answers(), ElementsAre("first: 1", "second: 2", "other: 1"));
  EXPECT_EQ(stepped.metrics().group_size.count(), 1U);
  EXPECT_FALSE(committer.commit());
}

TEST_F(CommitterAhead, EachBatchReadsAnew) {
  auto& committer = stepped.committer();
  const Rule email{.rule = [](Workspace& workspace) -> Result<std::int64_t> {
                     return find_account(workspace, email_key("free")) ? 1 : 0;
                   },
                   .wanted = {email_key("free")}};
  stepped.submit("too much", Move{.user = ada, .points = -5});
  stepped.submit("free", email);
  stepped.submit("written", Move{.user = bea});
  stepped.submit("renamed", ChangeEmail{.user = cid, .email = "c"});
  EXPECT_TRUE(committer.decide());
  add_elsewhere(*below, ada, 5);
  const store::ChangeSet taken{{store::Insert{
      test_support::accounts, to_document({.user = user_number(9), .email = "free"})}}};
  ASSERT_TRUE(below->commit(taken).has_value());
  stepped.submit("enough", Move{.user = ada, .points = -5});
  stepped.submit("taken", email);
  stepped.submit("more", Move{.user = bea, .number = 2});
  stepped.submit("its email", Open{.user = user_number(10), .email = "c"});
  stepped.submit("her old one", Open{.user = user_number(11), .email = "cid"});
  EXPECT_TRUE(committer.decide());
  EXPECT_TRUE(committer.commit());
  EXPECT_THAT(stepped.answers(),
              ElementsAre("too much: insufficient_points", "free: 0", "written: 1", "renamed: c",
                          "enough: 0", "taken: 1", "more: 2", "its email: already_exists",
                          "her old one: 0"));
  EXPECT_EQ(stepped.metrics().conflicts, 0U);
}

TEST_F(CommitterAhead, ATornReadIsReadAnewThoughItsGroupIsOpenStill) {
  auto& committer = stepped.committer();
  int tries = 0;
  stepped.submit("torn", Rule{.rule = [&](Workspace& workspace) -> Result<std::int64_t> {
                                const auto balance =
                                    find_account(workspace, account_key(ada))->balance;
                                if (++tries == 1) {
                                  throw TornRead("it does not fit");
                                }
                                return balance;
                              },
                              .wanted = {account_key(ada)}});
  stepped.submit("innocent", Move{.user = bea});
  EXPECT_TRUE(committer.decide());
  add_elsewhere(*below, ada, 7);
  stepped.advance(Milliseconds(10));
  EXPECT_TRUE(committer.decide());
  EXPECT_TRUE(committer.commit());
  EXPECT_THAT(stepped.answers(), ElementsAre("innocent: 1", "torn: 7"));
}

TEST_F(CommitterAhead, WhatIsInsertedUnseenAndIsThereIsDecidedAgain) {
  int tries = 0;
  stepped.submit("unseen", Rule{.rule = [&](Workspace& workspace) -> Result<std::int64_t> {
                                  if (++tries > 1) {
                                    return find_account(workspace, account_key(ada))->balance;
                                  }
                                  workspace.insert(accounts_described(),
                                                   to_document({.user = ada, .email = "again"}));
                                  return -1;
                                },
                                .wanted = {account_key(ada)}});
  stepped.submit("innocent", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("innocent: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("unseen: 0"));
}

TEST_F(CommitterAhead, AGroupGetsNoMoreThanItMayHave) {
  auto& committer = stepped.committer();
  for (int number = 1; number <= 10; ++number) {
    stepped.submit("single", Move{.user = ada, .number = number});
  }
  EXPECT_TRUE(committer.decide());
  for (int number = 1; number <= 10; ++number) {
    stepped.submit("bulk", test_support::BulkMove{{.user = bea, .number = number}});
    stepped.submit("single", Move{.user = ada, .number = 10 + number});
  }
  EXPECT_TRUE(committer.decide());
  EXPECT_FALSE(committer.decide());
  EXPECT_TRUE(committer.commit());
  EXPECT_THAT(stepped.take_answers(), testing::SizeIs(16));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), testing::SizeIs(14));
}

TEST_F(CommitterAhead, BulkIsHalfOfAGroupAtMostHoweverManyBatchesItHas) {
  auto& committer = stepped.committer();
  for (int number = 1; number <= 20; ++number) {
    stepped.submit("bulk", test_support::BulkMove{{.user = bea, .number = number}});
  }
  EXPECT_TRUE(committer.decide());
  EXPECT_FALSE(committer.decide());
  stepped.submit("single", Move{.user = ada});
  EXPECT_TRUE(committer.decide());
  EXPECT_TRUE(committer.commit());
  EXPECT_THAT(stepped.answers(), testing::SizeIs(9));
  EXPECT_EQ(stepped.answers().back(), "single: 1");
}

TEST_F(CommitterAhead, PiecesAreFewBehindASingleInFlight) {
  SteppedCommitter few(faulty, accounts_schema(), {.bulk_max = 3, .bulk_alone_max = 8});
  faulty.set_plan([&, first = true](const store::ChangeSet&) mutable -> Fault {
    if (std::exchange(first, false)) {
      for (int number = 1; number <= 20; ++number) {
        few.submit("bulk", test_support::BulkMove{{.user = bea, .number = number}});
      }
      EXPECT_TRUE(few.committer().decide());
    }
    return {};
  });
  few.submit("single", Move{.user = ada});
  EXPECT_TRUE(few.committer().decide());
  EXPECT_TRUE(few.committer().commit());
  EXPECT_THAT(few.take_answers(), ElementsAre("single: 1"));
  EXPECT_TRUE(few.committer().commit());
  EXPECT_THAT(few.take_answers(), testing::SizeIs(3));
  few.work_all();
}

TEST_F(CommitterAhead, AStoreThatIsGoneFailsTheBatchAndWhatWasDecidedBeforeStands) {
  auto& committer = stepped.committer();
  stepped.submit("first", Move{.user = ada});
  EXPECT_TRUE(committer.decide());
  faulty.set_before_get([](std::span<const store::Key> keys) {
    if (std::ranges::find(keys, account_key(cid)) != keys.end()) {
      throw store::StoreUnavailable("gone");
    }
  });
  stepped.submit("second", Move{.user = ada, .number = 2});
  stepped.submit("reads through", Rule{[](Workspace& workspace) -> Result<std::int64_t> {
                   auto account = *find_account(workspace, account_key(ada));
                   account.balance = 1000;
                   workspace.replace(accounts_described(), to_document(account));
                   return find_account(workspace, account_key(cid))->balance;
                 }});
  stepped.submit("third", Move{.user = ada, .number = 3});
  EXPECT_TRUE(committer.decide());
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("reads through: unavailable", "third: unavailable"));
  EXPECT_TRUE(committer.commit());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("first: 1", "second: 2"));
  EXPECT_EQ(find_account(*below, ada)->balance, 2);
}

}  // namespace
}  // namespace wattback::commit

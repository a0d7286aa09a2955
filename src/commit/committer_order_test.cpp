// What is decided when, and when its answer leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using test_support::account_key;
using test_support::accounts_described;
using test_support::accounts_schema;
using test_support::add_elsewhere;
using test_support::BulkMove;
using test_support::ChangeEmail;
using test_support::count_moves;
using test_support::email_key;
using test_support::Fault;
using test_support::find_account;
using test_support::in_turn;
using test_support::Move;
using test_support::Open;
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::to_document;
using test_support::user_number;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const UserId ada = user_number(1);
const UserId bea = user_number(2);
const UserId cid = user_number(3);

class CommitterOrder : public testing::Test {
 protected:
  CommitterOrder() {
    below->apply_schema(accounts_schema());
    faulty.set_plan([this](const store::ChangeSet& changes) {
      commit_sizes.push_back(changes.changes.size());
      return Fault{};
    });
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
  std::vector<std::size_t> commit_sizes;  // how many documents each one changed
};

TEST_F(CommitterOrder, CommandsOfAGroupSeeWhatThoseBeforeThemDid) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("early", Move{.user = ada});
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 5});
  stepped.submit("spend", Move{.user = ada, .number = 2, .points = -3});
  stepped.submit("again", Move{.user = ada, .number = 3, .points = -3});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.answers(), ElementsAre("early: not_found", "open: 0", "earn: 5", "spend: 2",
                                             "again: insufficient_points"));
  EXPECT_THAT(commit_sizes, ElementsAre(3));
  EXPECT_EQ(find_account(*below, ada)->balance, 2);
  EXPECT_FALSE(stepped.work());
}

TEST_F(CommitterOrder, GroupsFollowEachOther) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 2});
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  for (int number = 1; number <= 4; ++number) {
    stepped.submit("move", Move{.user = ada, .number = number, .points = number});
  }
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("open: 0", "move: 1"));
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("move: 3", "move: 6"));
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("move: 10"));
  EXPECT_FALSE(stepped.work());
}

TEST_F(CommitterOrder, TwoCreationsOfOneEmailInOneGroupMakeOne) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("first", Open{.user = ada, .email = "same"});
  stepped.submit("second", Open{.user = bea, .email = "same"});
  stepped.submit("first again", Open{.user = ada, .email = "same"});
  stepped.work();
  EXPECT_THAT(stepped.answers(),
              ElementsAre("first: 0", "second: already_exists", "first again: 0"));
  EXPECT_THAT(commit_sizes, ElementsAre(1));
  EXPECT_FALSE(find_account(*below, bea));
}

TEST_F(CommitterOrder, ARepeatInTheSameGroupIsAnsweredAsTheFirst) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 5});
  stepped.submit("other", Move{.user = ada, .number = 2, .points = 1});
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 5});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("open: 0", "earn: 5", "other: 6", "earn: 5"));
  EXPECT_EQ(count_moves(*below, ada), 2U);
}

TEST_F(CommitterOrder, AnEmailGivenUpInAGroupIsFreeInIt) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("ada", Open{.user = ada, .email = "x"});
  stepped.work();
  stepped.submit("bea", Open{.user = bea, .email = "b"});
  stepped.submit("bea takes it", ChangeEmail{.user = bea, .email = "x"});
  stepped.submit("ada leaves it", ChangeEmail{.user = ada, .email = "y"});
  stepped.submit("cid takes it", Open{.user = cid, .email = "x"});
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("ada: 0", "bea: 0", "bea takes it: already_exists",
                                             "ada leaves it: y", "cid takes it: 0"));
  EXPECT_EQ(find_account(*below, cid)->email, "x");
  EXPECT_EQ(stepped.metrics().conflicts, 0U);
}

TEST_F(CommitterOrder, ARejectedCommandLeavesNoTrace) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.work();
  const Rule rejected{.rule = [](Workspace& workspace) -> Result<std::int64_t> {
    auto account = *find_account(workspace, account_key(ada));
    account.email = "taken";
    account.balance = 1000;
    workspace.replace(accounts_described(), to_document(account));
    workspace.insert(accounts_described(), to_document({.user = bea, .email = "ada"}));
    return fail(ErrorCode::limit_exceeded, "after all this");
  }};
  stepped.submit("rejected", rejected);
  stepped.submit("spend", Move{.user = ada, .number = 1, .points = -1});
  stepped.submit("taken is free", Open{.user = cid, .email = "taken"});
  stepped.submit("ada is not", Open{.user = bea, .email = "ada"});
  stepped.submit("bea is not there", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(
      stepped.answers(),
      ElementsAre("open: 0", "rejected: limit_exceeded", "spend: insufficient_points",
                  "taken is free: 0", "ada is not: already_exists", "bea is not there: not_found"));
  EXPECT_EQ(find_account(*below, ada)->version, 1);
}

TEST_F(CommitterOrder, AGroupThatChangesNothingIsAnsweredWithoutACommit) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("nobody", Move{.user = ada});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.answers(), ElementsAre("nobody: not_found"));
  EXPECT_THAT(commit_sizes, IsEmpty());
}

TEST_F(CommitterOrder, WhatAGroupNamesIsReadWithOneReadACollection) {
  SteppedCommitter stepped(faulty, accounts_schema());
  std::vector<std::size_t> reads;
  faulty.set_before_get([&](std::span<const store::Key> keys) { reads.push_back(keys.size()); });
  for (int i = 1; i <= 5; ++i) {
    stepped.submit("open", Open{.user = user_number(i), .email = std::to_string(i)});
    stepped.submit("move", Move{.user = user_number(i)});
  }
  stepped.work();
  EXPECT_THAT(stepped.answers(), testing::SizeIs(10));
  EXPECT_THAT(reads, ElementsAre(10, 5));  // accounts by user and by email, then moves
}

TEST_F(CommitterOrder, NoAnswerLeavesBeforeTheCommit) {
  SteppedCommitter stepped(faulty, accounts_schema());
  int commits = 0;
  faulty.set_plan([&](const store::ChangeSet&) {
    ++commits;
    EXPECT_THAT(stepped.answers(), IsEmpty());
    return Fault{};
  });
  stepped.submit("nobody", Move{.user = cid});
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.submit("taken", Open{.user = bea, .email = "ada"});
  stepped.work();
  EXPECT_EQ(commits, 1);
  EXPECT_THAT(stepped.answers(),
              ElementsAre("nobody: not_found", "open: 0", "taken: already_exists"));
}

// The balance does not reach because of a move that then is not committed.
TEST_F(CommitterOrder, ARefusalThatRestsOnAnUncommittedWriteIsDecidedAgain) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 10});
  stepped.work();
  stepped.take_answers();
  faulty.set_plan([&, first = true](const store::ChangeSet&) mutable {
    if (std::exchange(first, false)) {
      add_elsewhere(*below, ada, 10);
    }
    return Fault{};
  });
  stepped.submit("spend", Move{.user = ada, .number = 2, .points = -10});
  stepped.submit("spend more", Move{.user = ada, .number = 3, .points = -10});
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.answers(), IsEmpty());
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("spend: 10", "spend more: 0"));
}

TEST_F(CommitterOrder, ARefusalThatRestsOnAWriteTheStoreCouldNotTakeIsNotTold) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(in_turn({test_support::unavailable()}));
  stepped.submit("first", Open{.user = ada, .email = "same"});
  stepped.submit("second", Open{.user = bea, .email = "same"});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("first: unavailable", "second: unavailable"));
  stepped.submit("second again", Open{.user = bea, .email = "same"});
  stepped.work();
  EXPECT_EQ(stepped.answers().back(), "second again: 0");
}

// What waits in the queue.
class CommitterQueue : public CommitterOrder {
 protected:
  CommitterQueue() {
    for (int i = 1; i <= 3; ++i) {
      test_support::open_elsewhere(*below, user_number(i), std::to_string(i));
    }
  }

  void submit_bulk(SteppedCommitter& stepped, const UserId& user, int first, int last) {
    for (int number = first; number <= last; ++number) {
      stepped.submit("bulk", BulkMove{{.user = user, .number = number}});
    }
  }
};

TEST_F(CommitterQueue, AFullOneAnswersOverloadedAtOnce) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.queue_max = 8});
  for (int number = 1; number <= 8; ++number) {
    stepped.submit("in", Move{.user = ada, .number = number});
  }
  EXPECT_THAT(stepped.answers(), IsEmpty());
  stepped.submit("out", Move{.user = ada, .number = 9});
  submit_bulk(stepped, ada, 10, 10);
  EXPECT_THAT(stepped.take_answers(), ElementsAre("out: overloaded", "bulk: overloaded"));
  EXPECT_EQ(stepped.committer().waiting(), 8U);
  EXPECT_EQ(stepped.metrics().overloads, 2U);
  stepped.work();
  EXPECT_EQ(stepped.take_answers().size(), 8U);
  EXPECT_EQ(stepped.metrics().commands, 8U);
  stepped.submit("in again", Move{.user = ada, .number = 9});
  stepped.work();
  EXPECT_THAT(stepped.answers(), ElementsAre("in again: 9"));
}

TEST_F(CommitterQueue, BulkFillsHalfOfItDeferredPiecesIncluded) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.queue_max = 8});
  submit_bulk(stepped, ada, 1, 5);
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bulk: overloaded"));
  faulty.set_plan(
      in_turn({test_support::refused(store::Refusal::Reason::conflict, {account_key(ada)})}));
  stepped.work();
  EXPECT_EQ(stepped.metrics().deferrals, 4U);
  submit_bulk(stepped, ada, 6, 6);
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bulk: overloaded"));
  for (int number = 1; number <= 5; ++number) {
    stepped.submit("single", Move{.user = bea, .number = number});
  }
  EXPECT_THAT(stepped.take_answers(), ElementsAre("single: overloaded"));
  stepped.work_all();
  EXPECT_EQ(stepped.take_answers().size(), 8U);
}

TEST_F(CommitterQueue, ASingleCommandIsInTheNextGroupHoweverManyPiecesWait) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 10});
  submit_bulk(stepped, ada, 1, 100);
  stepped.submit("single", Move{.user = bea, .number = 1, .points = 7});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(),
              ElementsAre("single: 7", "bulk: 1", "bulk: 2", "bulk: 3", "bulk: 4", "bulk: 5"));
  for (int number = 2; number <= 13; ++number) {
    stepped.submit("single", Move{.user = bea, .number = number});
  }
  stepped.work();
  EXPECT_EQ(stepped.answers().size(), 10U);
  EXPECT_THAT(stepped.take_answers(), testing::Each(testing::StartsWith("single")));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("single: 18", "single: 19", "bulk: 6", "bulk: 7",
                                                  "bulk: 8", "bulk: 9", "bulk: 10"));
  stepped.work();
  EXPECT_EQ(stepped.take_answers().size(), 5U);
}

TEST_F(CommitterQueue, PiecesAreManyAloneAndFewBesideASingleCommand) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.bulk_max = 3, .bulk_alone_max = 8});
  submit_bulk(stepped, ada, 1, 30);
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), SizeIs(8));
  stepped.submit("single", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("single: 1", "bulk: 9", "bulk: 10", "bulk: 11"));
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), SizeIs(8));
  stepped.work_all();
}

// The single command is at fault, and halves the group until it stands alone.
TEST_F(CommitterQueue, PiecesGoOnInGroupsOfOne) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 2});
  const auto refused = test_support::refused(store::Refusal::Reason::conflict);
  faulty.set_plan(in_turn({refused, refused}));
  stepped.submit("single", Move{.user = bea});
  submit_bulk(stepped, ada, 1, 1);
  stepped.work();
  EXPECT_THAT(stepped.answers(), IsEmpty());
  EXPECT_EQ(stepped.metrics().deferrals, 1U);
  EXPECT_TRUE(stepped.work());
  EXPECT_THAT(stepped.take_answers(), ElementsAre("bulk: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("single: 1"));
}

TEST_F(CommitterQueue, OnlyItsOwnConflictDelaysASingleCommand) {
  SteppedCommitter stepped(faulty, accounts_schema(), {.group_max = 10});
  faulty.set_plan([this](const store::ChangeSet& changes) {
    const auto keys = test_support::keys_of(accounts_schema(), changes);
    const bool hot = std::ranges::find(keys, account_key(ada)) != keys.end();
    return hot && faulty.met(Fault::Kind::refused) < 8
               ? test_support::refused(store::Refusal::Reason::conflict, {account_key(ada)})
               : Fault{};
  });
  submit_bulk(stepped, ada, 1, 50);
  stepped.submit("own", Move{.user = ada, .number = 1000});
  stepped.submit("single", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("single: 1"));
  for (int i = 2; i <= 5; ++i) {
    stepped.advance(Milliseconds(600));
    stepped.submit("single", Move{.user = bea, .number = i});
    stepped.work();
    EXPECT_THAT(stepped.take_answers(), ElementsAre("single: " + std::to_string(i)));
  }
  stepped.work_all();
  EXPECT_EQ(stepped.answers().size(), 51U);
}

TEST_F(CommitterQueue, ClosedItTakesNothingAndDrainsTheDeferredToo) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan(
      in_turn({test_support::refused(store::Refusal::Reason::conflict, {account_key(ada)})}));
  stepped.submit("deferred", Move{.user = ada});
  stepped.work();
  stepped.submit("waiting", Move{.user = bea});
  stepped.committer().close();
  stepped.submit("late", Move{.user = cid});
  EXPECT_THAT(stepped.take_answers(), ElementsAre("late: unavailable"));
  EXPECT_EQ(stepped.metrics().overloads, 0U);
  EXPECT_TRUE(stepped.committer().wait_to_decide());
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("waiting: 1"));
  stepped.advance(Milliseconds(10));
  EXPECT_TRUE(stepped.committer().wait_to_decide());
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("deferred: 1"));
  EXPECT_FALSE(stepped.committer().wait_to_decide());
}

// By a clock that was an hour ahead when the first was deferred.
TEST_F(CommitterQueue, TheOneDueFirstEndsTheWait) {
  std::chrono::hours ahead(1);
  Committer committer(faulty, accounts_schema(),
                      {.now = [&] { return std::chrono::steady_clock::now() + ahead; }});
  const auto refused = [](const UserId& user) {
    return test_support::refused(store::Refusal::Reason::conflict, {account_key(user)});
  };
  faulty.set_plan(in_turn({refused(ada), refused(bea)}));
  std::vector<std::string> answered;
  const auto submit = [&](const std::string& name, const UserId& user) {
    committer.submit(Move{.user = user},
                     [&, name](const Result<std::int64_t>&) { answered.push_back(name); });
  };
  submit("ada", ada);
  committer.work();
  ahead = std::chrono::hours(0);
  submit("bea", bea);
  committer.work();
  EXPECT_EQ(committer.waiting(), 2U);
  EXPECT_TRUE(committer.wait_to_decide());
  EXPECT_TRUE(committer.work());
  EXPECT_THAT(answered, ElementsAre("bea"));
  ahead = std::chrono::hours(2);
  EXPECT_TRUE(committer.work());
  EXPECT_THAT(answered, ElementsAre("bea", "ada"));
}

TEST_F(CommitterQueue, MetricsSayHowLongCommandsWaitedAndCommitsTook) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan([&](const store::ChangeSet&) {
    stepped.advance(Milliseconds(3));
    return Fault{};
  });
  stepped.submit("first", Move{.user = ada});
  stepped.advance(Milliseconds(20));
  stepped.submit("second", Move{.user = bea});
  stepped.advance(Milliseconds(1));
  stepped.work();
  const auto metrics = stepped.metrics();
  EXPECT_EQ(metrics.commands, 2U);
  EXPECT_EQ(metrics.group_size.count(), 1U);
  EXPECT_EQ(metrics.group_size.sum, 2);
  EXPECT_EQ(metrics.wait_seconds.count(), 2U);
  EXPECT_NEAR(metrics.wait_seconds.sum, .022, 1e-9);
  EXPECT_EQ(metrics.commit_seconds.count(), 1U);
  EXPECT_NEAR(metrics.commit_seconds.sum, .003, 1e-9);
}

}  // namespace
}  // namespace wattback::commit

#include "commit/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <utility>
#include <vector>

#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/scarce_memory.h"

namespace wattback::commit {
namespace {

using test_support::Account;
using test_support::account_key;
using test_support::accounts_described;
using test_support::accounts_schema;
using test_support::email_key;
using test_support::find_account;
using test_support::move_document;
using test_support::move_key;
using test_support::moves_described;
using test_support::to_document;
using test_support::user_number;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const UserId ada = user_number(1);
const UserId bea = user_number(2);
const UserId cid = user_number(3);

class WorkspaceTest : public testing::Test {
 protected:
  WorkspaceTest() {
    below->apply_schema(accounts_schema());
    put({.user = ada, .email = "ada", .balance = 10});
    faulty.set_before_get(
        [this](std::span<const store::Key> keys) { reads.emplace_back(keys.begin(), keys.end()); });
  }

  void put(const Account& account) {
    const store::ChangeSet changes{{store::Insert{test_support::accounts, to_document(account)}}};
    ASSERT_TRUE(below->commit(changes).has_value());
  }

  std::optional<Account> find(const store::Key& key) { return find_account(workspace, key); }
  void insert(const Account& account) {
    workspace.insert(accounts_described(), to_document(account));
  }
  void replace(const Account& account) {
    workspace.replace(accounts_described(), to_document(account));
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
  std::vector<std::vector<store::Key>> reads;
  Workspace workspace{faulty, accounts_schema()};
};

TEST_F(WorkspaceTest, ReadsThroughOnceAndRemembersWhatIsNotThere) {
  EXPECT_EQ(find(account_key(ada))->balance, 10);
  EXPECT_EQ(find(account_key(ada))->email, "ada");
  EXPECT_FALSE(find(account_key(bea)));
  EXPECT_FALSE(find(account_key(bea)));
  EXPECT_FALSE(find(email_key("bea")));
  EXPECT_FALSE(find(email_key("bea")));
  EXPECT_EQ(reads.size(), 3U);
}

TEST_F(WorkspaceTest, FindsByAUniqueIndexTheDocumentAsItStandsHere) {
  workspace.begin();
  replace({.user = ada, .email = "ada", .balance = find(account_key(ada))->balance + 5});
  workspace.keep();
  EXPECT_EQ(find(email_key("ada"))->balance, 15);
}

TEST_F(WorkspaceTest, LoadsEachCollectionOnceUsersFirst) {
  const std::vector keys{move_key(ada, 1), account_key(ada), move_key(bea, 1),
                         account_key(bea), email_key("ada"), account_key(ada)};
  workspace.load(keys);
  ASSERT_THAT(reads, ElementsAre(ElementsAre(account_key(ada), account_key(bea), email_key("ada")),
                                 ElementsAre(move_key(ada, 1), move_key(bea, 1))));
  find(account_key(ada));
  find(email_key("ada"));
  find(move_key(bea, 1));
  EXPECT_EQ(reads.size(), 2U);
}

TEST_F(WorkspaceTest, CountsVersionsAndChangesADocumentOnce) {
  workspace.begin();
  find(account_key(ada));
  replace({.user = ada, .email = "ada", .balance = 11, .version = 77});
  replace({.user = ada, .email = "ada", .balance = 12, .version = 77});
  insert({.user = bea, .email = "bea"});
  replace({.user = bea, .email = "bea", .balance = 1});
  EXPECT_EQ(workspace.written(), 2U);
  workspace.keep();
  const auto changes = workspace.take_changes().changes;
  ASSERT_EQ(changes.size(), 2U);
  const auto& replaced = std::get<store::Replace>(changes[0]);
  EXPECT_EQ(replaced.before, to_document({.user = ada, .email = "ada", .balance = 10}));
  EXPECT_EQ(replaced.after,
            to_document({.user = ada, .email = "ada", .balance = 12, .version = 3}));
  EXPECT_EQ(std::get<store::Insert>(changes[1]).document,
            to_document({.user = bea, .email = "bea", .balance = 1, .version = 2}));
  EXPECT_EQ(workspace.change_count(), 2U);
  EXPECT_EQ(workspace.change_bytes(),
            store::bytes_of(replaced.after) +
                store::bytes_of(std::get<store::Insert>(changes[1]).document));
}

TEST_F(WorkspaceTest, RemovesWhatIsStored) {
  workspace.begin();
  find(account_key(ada));
  replace({.user = ada, .email = "ada2", .balance = 11});
  workspace.remove(account_key(ada));
  EXPECT_FALSE(find(account_key(ada)));
  EXPECT_FALSE(find(email_key("ada")));
  EXPECT_FALSE(find(email_key("ada2")));
  EXPECT_EQ(workspace.written(), 1U);
  workspace.keep();
  EXPECT_EQ(workspace.change_bytes(), 0U);
  const auto changes = workspace.take_changes();
  ASSERT_EQ(changes.changes.size(), 1U);
  EXPECT_EQ(std::get<store::Remove>(changes.changes[0]).before,
            to_document({.user = ada, .email = "ada", .balance = 10}));
  EXPECT_TRUE(below->commit(changes));
  EXPECT_FALSE(below->get(test_support::accounts, std::vector{account_key(ada)}).front());
}

TEST_F(WorkspaceTest, LeavesNoChangeOfWhatCameAndWent) {
  workspace.begin();
  insert({.user = bea, .email = "bea"});
  workspace.remove(account_key(bea));
  workspace.keep();
  EXPECT_THAT(workspace.take_changes().changes, IsEmpty());
  workspace.begin();
  insert({.user = bea, .email = "bea"});
  workspace.keep();
  EXPECT_EQ(std::get<store::Insert>(workspace.take_changes().changes.at(0)).document,
            to_document({.user = bea, .email = "bea"}));
}

TEST_F(WorkspaceTest, GoesOnWithTheVersionsOfWhatWasRemoved) {
  workspace.begin();
  find(account_key(ada));
  workspace.remove(account_key(ada));
  insert({.user = ada, .email = "ada"});
  workspace.keep();
  const auto changes = workspace.take_changes();
  EXPECT_EQ(std::get<store::Replace>(changes.changes.at(0)).after,
            to_document({.user = ada, .email = "ada", .version = 2}));
  EXPECT_TRUE(below->commit(changes));
}

TEST_F(WorkspaceTest, BringsBackWhatARefusedCommandRemoved) {
  workspace.begin();
  find(account_key(ada));
  workspace.remove(account_key(ada));
  workspace.discard();
  EXPECT_EQ(find(account_key(ada))->balance, 10);
  EXPECT_EQ(find(email_key("ada"))->user, ada);
  EXPECT_THAT(workspace.take_changes().changes, IsEmpty());
}

TEST_F(WorkspaceTest, UniqueFieldsFollowWhatIsWritten) {
  workspace.begin();
  find(account_key(ada));
  replace({.user = ada, .email = "ada2", .balance = 10});
  workspace.keep();
  EXPECT_FALSE(find(email_key("ada")));
  EXPECT_EQ(find(email_key("ada2"))->user, ada);
  workspace.begin();
  insert({.user = bea, .email = "ada"});
  workspace.keep();
  EXPECT_EQ(find(email_key("ada"))->user, bea);
}

TEST_F(WorkspaceTest, WhatIsDiscardedLeavesNoTrace) {
  workspace.begin();
  find(account_key(ada));
  find(account_key(bea));
  replace({.user = ada, .email = "ada2", .balance = 11});
  replace({.user = ada, .email = "ada3", .balance = 12});
  find(email_key("ada"));
  insert({.user = bea, .email = "ada"});
  workspace.discard();

  EXPECT_THAT(workspace.take_changes().changes, IsEmpty());
  EXPECT_EQ(workspace.change_count(), 0U);
  EXPECT_EQ(workspace.change_bytes(), 0U);
  EXPECT_EQ(find(account_key(ada)), (Account{.user = ada, .email = "ada", .balance = 10}));
  EXPECT_FALSE(find(account_key(bea)));
  EXPECT_EQ(find(email_key("ada"))->user, ada);
  EXPECT_FALSE(find(email_key("ada2")));
  EXPECT_FALSE(find(email_key("ada3")));
}

TEST_F(WorkspaceTest, DiscardingKeepsWhatEarlierCommandsDid) {
  workspace.begin();
  find(account_key(ada));
  replace({.user = ada, .email = "ada2", .balance = 11});
  workspace.keep();
  const auto bytes = workspace.change_bytes();
  workspace.begin();
  replace({.user = ada, .email = "ada", .balance = 12});
  insert({.user = bea, .email = "ada2"});
  workspace.discard();

  EXPECT_EQ(workspace.change_count(), 1U);
  EXPECT_EQ(workspace.change_bytes(), bytes);
  EXPECT_EQ(find(account_key(ada)),
            (Account{.user = ada, .email = "ada2", .balance = 11, .version = 2}));
  EXPECT_EQ(find(email_key("ada2"))->user, ada);
  EXPECT_FALSE(find(email_key("ada")));
  EXPECT_FALSE(find(account_key(bea)));
}

// A discarded command that wrote without looking has learnt nothing of what is in the store.
TEST_F(WorkspaceTest, NothingIsKnownAfterADiscardedInsertOfWhatNobodyLookedFor) {
  workspace.begin();
  insert({.user = ada, .email = "ada"});
  workspace.discard();
  EXPECT_EQ(find(account_key(ada))->balance, 10);
  EXPECT_EQ(find(email_key("ada"))->user, ada);
}

TEST_F(WorkspaceTest, NothingIsKnownOfUniqueFieldsOnlyADiscardedCommandMoved) {
  put({.user = bea, .email = "bea"});
  workspace.begin();
  find(account_key(ada));
  replace({.user = ada, .email = "bea"});  // without having looked
  workspace.discard();
  EXPECT_EQ(find(email_key("ada"))->user, ada);
  EXPECT_EQ(find(email_key("bea"))->user, bea);
}

TEST_F(WorkspaceTest, ADocumentKeptThenFoundByAnIndexItNoLongerHasIsNotThere) {
  find(account_key(ada));
  test_support::add_elsewhere(*below, ada, 0);
  auto moved = *test_support::find_account(*below, ada);
  auto after = moved;
  after.email = "new";
  ++after.version;
  const store::ChangeSet changes{
      {store::Replace{test_support::accounts, to_document(moved), to_document(after)}}};
  ASSERT_TRUE(below->commit(changes).has_value());
  EXPECT_FALSE(find(email_key("new")));  // here it stands as first read, with its old email
}

TEST_F(WorkspaceTest, TouchedIsWhatTheLastCommandFoundOrWrote) {
  workspace.begin();
  find(email_key("ada"));
  EXPECT_THAT(workspace.take_touched(), UnorderedElementsAre(email_key("ada"), account_key(ada)));
  workspace.begin();
  find(move_key(bea, 1));
  insert({.user = bea, .email = "bea"});
  workspace.discard();
  EXPECT_THAT(workspace.take_touched(),
              UnorderedElementsAre(move_key(bea, 1), account_key(bea), email_key("bea")));
  workspace.begin();
  EXPECT_THAT(workspace.take_touched(), IsEmpty());
}

TEST_F(WorkspaceTest, WritesWithoutLookingAreLeftToTheStore) {
  workspace.begin();
  workspace.insert(moves_described(), move_document(ada, 1, 5, 15));
  workspace.keep();
  EXPECT_THAT(reads, IsEmpty());
  EXPECT_NE(workspace.find(move_key(ada, 1)), nullptr);
  EXPECT_EQ(workspace.change_count(), 1U);
}

TEST_F(WorkspaceTest, ConfirmsWhatNobodyChangedSinceItWasRead) {
  find(account_key(ada));
  workspace.confirm(account_key(ada));
  EXPECT_THAT(reads, ElementsAre(ElementsAre(account_key(ada)), ElementsAre(account_key(ada))));
  test_support::add_elsewhere(*below, ada, 5);
  EXPECT_THROW(workspace.confirm(account_key(ada)), TornRead);
}

TEST_F(WorkspaceTest, ConfirmsWhatIsWrittenHereUnseen) {
  workspace.begin();
  replace({.user = ada, .email = "ada", .balance = find(account_key(ada))->balance + 5});
  test_support::add_elsewhere(*below, ada, 5);
  reads.clear();
  workspace.confirm(account_key(ada));
  EXPECT_THAT(reads, IsEmpty());
}

// It may be in the store already, or not yet.
TEST_F(WorkspaceTest, ConfirmsWhatIsBeingCommitted) {
  Workspace first(faulty, accounts_schema());
  first.begin();
  first.replace(accounts_described(),
                to_document({.user = ada,
                             .email = "ada",
                             .balance = find_account(first, account_key(ada))->balance + 5}));
  first.keep();
  const auto in_flight = std::make_shared<const store::ChangeSet>(first.take_changes());
  Workspace second(faulty, accounts_schema(), in_flight);
  EXPECT_EQ(find_account(second, account_key(ada))->balance, 15);
  second.confirm(account_key(ada));
  ASSERT_TRUE(below->commit(*in_flight).has_value());
  second.confirm(account_key(ada));
  test_support::add_elsewhere(*below, ada, 5);
  EXPECT_THROW(second.confirm(account_key(ada)), TornRead);
}

// Each allocation of these commands fails once; what a command wrote till then is dropped, and what
// one before it wrote is kept.
TEST_F(WorkspaceTest, DropsAWriteThatMemoryCutOff) {
  if (!test_support::ScarceMemory::is_possible) {
    GTEST_SKIP() << "the thread sanitizer has its own operator new";
  }
  put({.user = bea, .email = "bea", .balance = 20});
  const auto change_ada = [&](Workspace& at) {
    auto account = *find_account(at, account_key(ada));
    account.email = "changed";
    at.replace(accounts_described(), to_document(account));
    at.replace(accounts_described(), to_document({.user = ada, .email = "again", .balance = 11}));
    at.replace(accounts_described(), to_document({.user = bea, .email = "bee", .balance = 22}));
    find_account(at, email_key("bea"));
  };
  const auto open_cid = [&](Workspace& at) {
    find_account(at, account_key(cid));
    find_account(at, email_key("cid"));
    at.insert(accounts_described(), to_document({.user = cid, .email = "cid"}));
    at.remove(account_key(ada));
  };
  int failures = 0;
  for (const auto& command : std::vector<std::function<void(Workspace&)>>{change_ada, open_cid}) {
    for (bool is_cut_off = true; is_cut_off; ++failures) {
      Workspace cut(*below, accounts_schema());
      cut.begin();
      cut.replace(
          accounts_described(),
          to_document(
              {.user = bea, .email = find_account(cut, account_key(bea))->email, .balance = 21}));
      cut.keep();
      ASSERT_TRUE(find_account(cut, account_key(ada)));
      cut.begin();
      try {
        const test_support::ScarceMemory scarce(failures);
        command(cut);
        is_cut_off = false;
      } catch (const std::bad_alloc&) {
        SCOPED_TRACE(failures);
        cut.discard();
        EXPECT_EQ(find_account(cut, account_key(ada))->email, "ada");
        EXPECT_EQ(find_account(cut, email_key("ada"))->balance, 10);
        EXPECT_FALSE(find_account(cut, account_key(cid)));
        EXPECT_EQ(find_account(cut, email_key("bea"))->balance, 21);
        for (const auto* email : {"changed", "again", "bee", "cid"}) {
          EXPECT_FALSE(find_account(cut, email_key(email)));
        }
        const auto changes = cut.take_changes().changes;
        ASSERT_THAT(changes, SizeIs(1));
        EXPECT_EQ(test_support::to_account(std::get<store::Replace>(changes.front()).after),
                  (Account{.user = bea, .email = "bea", .balance = 21, .version = 2}));
      }
    }
    EXPECT_GT(std::exchange(failures, 0), 20);
  }
}

using WorkspaceDeathTest = WorkspaceTest;

TEST_F(WorkspaceDeathTest, InsertingWhatIsThereIsAProgrammersError) {
  workspace.begin();
  find(account_key(ada));
  EXPECT_DEATH(insert({.user = ada, .email = "x"}), "workspace.cpp");
  find(email_key("ada"));
  EXPECT_DEATH(insert({.user = bea, .email = "ada"}), "workspace.cpp");
  EXPECT_DEATH(replace({.user = bea, .email = "bea"}), "workspace.cpp");
}

}  // namespace
}  // namespace wattback::commit

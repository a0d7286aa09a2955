#include "commit/happened.h"

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"
#include "support/accounts.h"

namespace wattback::commit {
namespace {

using store::ChangeSet;
using store::Insert;
using store::Remove;
using store::Replace;
using test_support::Account;
using test_support::accounts;
using test_support::accounts_schema;
using test_support::add_elsewhere;
using test_support::move_document;
using test_support::moves;
using test_support::to_document;
using test_support::user_number;

const UserId ada = user_number(1);

class Happened : public testing::Test {
 protected:
  Happened() {
    store->apply_schema(accounts_schema());
    test_support::open_elsewhere(*store, ada, before.email);
  }

  bool look_for(const ChangeSet& changes, WrittenOver written_over = WrittenOver::may_be) {
    return has_happened(*store, accounts_schema(), changes, written_over);
  }
  bool commit_and_look_for(const ChangeSet& changes) {
    EXPECT_FALSE(look_for(changes));
    EXPECT_TRUE(store->commit(changes).has_value());
    return look_for(changes);
  }
  void commit(const ChangeSet& changes) { ASSERT_TRUE(store->commit(changes).has_value()); }

  const Account before{.user = ada, .email = "ada"};
  const Account after{.user = ada, .email = "ada", .balance = 1, .version = 2};
  const Replace replace{accounts, to_document(before), to_document(after)};
  const Insert insert{moves, move_document(ada, 1, 1, 1)};
  std::unique_ptr<store::Store> store = store::make_memory_store();
};

TEST_F(Happened, WhereEveryDocumentIsAsItWasLeft) {
  EXPECT_TRUE(commit_and_look_for({{insert, replace}}));
}

TEST_F(Happened, WhereOnlyReplacedOnesAreAsTheyWereLeft) {
  EXPECT_TRUE(commit_and_look_for({{replace}}));
}

TEST_F(Happened, NotKnownOfReplacedOnesThatAreWrittenOver) {
  commit({{replace}});
  add_elsewhere(*store, ada, 1);
  EXPECT_FALSE(look_for({{replace}}));
}

TEST_F(Happened, WhereAnEntryIsAsItWasLeftThoughOthersAreWrittenOver) {
  commit({{insert, replace}});
  add_elsewhere(*store, ada, 1);
  EXPECT_TRUE(look_for({{insert, replace}}));
  EXPECT_FALSE(look_for({{insert, replace}}, WrittenOver::may_not_be));
}

// A second request for the same may have made it.
TEST_F(Happened, NotKnownOfReplacedOnesThatAreWrittenOverBesideOneThatSaysNotWhoMadeIt) {
  const Account bea{.user = user_number(2), .email = "bea"};
  test_support::open_elsewhere(*store, bea.user, bea.email);
  add_elsewhere(*store, ada, 5);
  add_elsewhere(*store, ada, 5);
  EXPECT_FALSE(look_for({{Insert{accounts, to_document(bea)}, replace}}));
}

TEST_F(Happened, NotWhereAnotherMadeSomethingElseOfADocument) {
  add_elsewhere(*store, ada, 7);
  EXPECT_FALSE(look_for({{replace}}));
  commit({{insert}});
  EXPECT_FALSE(look_for({{insert, replace}}));
}

TEST_F(Happened, NotWhereAnotherInsertedOneOfThatKey) {
  commit({{Insert{moves, move_document(ada, 1, 2, 2)}, replace}});
  EXPECT_FALSE(look_for({{insert, replace}}));
}

TEST_F(Happened, NotKnownWhereAnInsertedOneIsWrittenOverOrGone) {
  const Account bea{.user = user_number(2), .email = "bea"};
  const ChangeSet inserts{{Insert{accounts, to_document(bea)}}};
  EXPECT_TRUE(commit_and_look_for(inserts));
  add_elsewhere(*store, bea.user, 1);
  EXPECT_FALSE(look_for(inserts));
  commit({{Remove{
      accounts, *store->get(accounts, std::vector{test_support::account_key(bea.user)}).front()}}});
  EXPECT_FALSE(look_for(inserts));
}

TEST_F(Happened, WhereARemovedOneIsGone) {
  EXPECT_TRUE(commit_and_look_for({{Remove{accounts, to_document(before)}}}));
}

TEST_F(Happened, NotOfNothing) { EXPECT_FALSE(look_for({})); }

}  // namespace
}  // namespace wattback::commit

// Two processes, each with a committer, on one SQLite file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "commit/committer.h"
#include "store/sqlite/sqlite_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/other_process.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using test_support::account_key;
using test_support::accounts_schema;
using test_support::count_moves;
using test_support::Fault;
using test_support::find_account;
using test_support::Move;
using test_support::move_key;
using test_support::Open;
using test_support::OtherProcess;
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::user_number;
using testing::ElementsAre;
using testing::IsEmpty;

const UserId ada = user_number(1);
const UserId bea = user_number(2);

class CommitterProcesses : public testing::Test {
 protected:
  CommitterProcesses() { std::filesystem::create_directory(directory); }
  ~CommitterProcesses() override { std::filesystem::remove_all(directory); }

  std::unique_ptr<store::Store> open_file() const {
    auto store = store::make_sqlite_store(
        {.path = directory / "wattback.db", .if_missing = store::IfMissing::create});
    store->apply_schema(accounts_schema());
    return store;
  }

  // What another process does: runs one command, to a good answer.
  template <Command C>
  std::function<bool()> running(const C& command) const {
    return [this, command] {
      const auto store = open_file();
      Committer committer(*store, accounts_schema());
      const WorkingThreads working(committer);
      return committer.run(command).has_value();
    };
  }

  // The other process runs to its end when our next commit is about to be sent.
  static test_support::FaultyStore::Plan let_run(OtherProcess& other) {
    return [&other, first = true](const store::ChangeSet&) mutable {
      if (std::exchange(first, false)) {
        other.go();
        EXPECT_TRUE(other.wait());
      }
      return Fault{};
    };
  }

  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("wattback-commit-" + std::to_string(getpid()));
};

TEST_F(CommitterProcesses, TwoCreationsOfOneEmailMakeOne) {
  OtherProcess other(running(Open{.user = ada, .email = "same"}));
  const auto file = open_file();
  test_support::FaultyStore store(*file);
  store.set_plan(let_run(other));
  SteppedCommitter stepped(store, accounts_schema());
  stepped.submit("second", Open{.user = bea, .email = "same"});
  stepped.submit("innocent", Open{.user = user_number(3), .email = "other"});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("innocent: 0"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("second: already_exists"));
  EXPECT_TRUE(find_account(*file, ada));
  EXPECT_FALSE(find_account(*file, bea));
}

TEST_F(CommitterProcesses, AConflictWithTheOtherIsDecidedAgainOnWhatItWrote) {
  OtherProcess other(running(Move{.user = ada, .number = 100, .points = -7}));
  const auto file = open_file();
  test_support::FaultyStore store(*file);
  SteppedCommitter stepped(store, accounts_schema());
  stepped.submit("open", Open{.user = ada, .email = "ada"});
  stepped.submit("open", Open{.user = bea, .email = "bea"});
  stepped.submit("earn", Move{.user = ada, .number = 1, .points = 10});
  stepped.work();
  stepped.take_answers();
  store.set_plan(let_run(other));
  stepped.submit("innocent", Move{.user = bea});
  stepped.submit("spend", Move{.user = ada, .number = 2, .points = -7});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("innocent: 1"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("spend: insufficient_points"));
  EXPECT_EQ(find_account(*file, ada)->balance, 3);
  EXPECT_EQ(stepped.metrics().conflicts, 1U);
}

// The other writes the account and its move when ours has read the one and not yet the other.
TEST_F(CommitterProcesses, WhatTheOtherWroteBetweenTwoReadsIsReadAgain) {
  OtherProcess maker(running(Open{.user = ada, .email = "ada"}));
  OtherProcess other(running(Move{.user = ada, .points = 7}));
  maker.go();
  ASSERT_TRUE(maker.wait());
  const auto file = open_file();
  test_support::FaultyStore store(*file);
  store.set_before_get([&, first = true](std::span<const store::Key> keys) mutable {
    if (keys.front().collection == test_support::moves && std::exchange(first, false)) {
      other.go();
      EXPECT_TRUE(other.wait());
    }
  });
  int torn = 0;
  const auto read = [&](Workspace& workspace) -> Result<std::int64_t> {
    const auto balance = find_account(workspace, account_key(ada))->balance;
    if ((balance != 0) != (workspace.find(move_key(ada, 1)) != nullptr)) {
      ++torn;
      throw TornRead("the balance does not fit the move");
    }
    return balance;
  };
  SteppedCommitter stepped(store, accounts_schema());
  stepped.submit("torn", Rule{.rule = read, .wanted = {account_key(ada), move_key(ada, 1)}});
  stepped.submit("innocent", Open{.user = bea, .email = "bea"});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("innocent: 0"));
  stepped.work_all();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("torn: 7"));
  EXPECT_EQ(torn, 1);
}

// Both write one account: nothing is lost, and nothing is refused for good. Ours is slow between
// reading and committing and begins when the other is at work, so that they meet.
TEST_F(CommitterProcesses, BothWriteOneAccountAtOnce) {
  constexpr int each = 200;
  const auto write = [&](Committer& committer, int first) {
    const WorkingThreads working(committer);
    int done = 0;
    for (int number = first; number < first + each; ++number) {
      done += committer.run(Move{.user = ada, .number = number}) ? 1 : 0;
    }
    return done == each;
  };
  OtherProcess maker(running(Open{.user = ada, .email = "ada"}));
  OtherProcess other([&] {
    const auto file = open_file();
    Committer committer(*file, accounts_schema(), {.attempts_max = 1000});
    return write(committer, 1001);
  });
  maker.go();
  ASSERT_TRUE(maker.wait());
  const auto file = open_file();
  test_support::FaultyStore store(*file);
  store.set_plan([](const store::ChangeSet&) { return Fault{.delay = Milliseconds(1)}; });
  Committer committer(store, accounts_schema(), {.attempts_max = 1000});
  other.go();
  for (int tries = 0; tries < 30'000 && count_moves(*file, ada) == 0; ++tries) {
    std::this_thread::sleep_for(Milliseconds(1));
  }
  EXPECT_TRUE(write(committer, 1));
  EXPECT_TRUE(other.wait());
  EXPECT_GT(committer.metrics().conflicts, 0U) << "the two never met";
  EXPECT_EQ(find_account(*file, ada)->balance, 2 * each);
  EXPECT_EQ(count_moves(*file, ada), 2U * each);
}

}  // namespace
}  // namespace wattback::commit

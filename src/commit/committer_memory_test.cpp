// Memory that is short for a moment, and which commands that costs what.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/accounts.h"
#include "support/faulty_store.h"
#include "support/scarce_memory.h"
#include "support/stepped_committer.h"

namespace wattback::commit {
namespace {

using test_support::account_key;
using test_support::accounts_schema;
using test_support::count_moves;
using test_support::Fault;
using test_support::find_account;
using test_support::Move;
using test_support::move_document;
using test_support::moves_described;
using test_support::Rule;
using test_support::SteppedCommitter;
using test_support::to_document;
using test_support::user_number;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

const UserId ada = user_number(1);
const UserId bea = user_number(2);
const UserId cid = user_number(3);

class CommitterMemory : public testing::Test {
 protected:
  CommitterMemory() {
    below->apply_schema(accounts_schema());
    for (const auto& [user, email] : {std::pair{ada, "ada"}, {bea, "bea"}, {cid, "cid"}}) {
      test_support::open_elsewhere(*below, user, email);
    }
  }

  std::unique_ptr<store::Store> below = store::make_memory_store();
  test_support::FaultyStore faulty{*below};
};

TEST_F(CommitterMemory, WithoutMemoryACommandIsUnavailable) {
  SteppedCommitter stepped(faulty, accounts_schema());
  stepped.submit("ada", Move{.user = ada});
  stepped.submit("short", Rule{[](Workspace&) -> Result<std::int64_t> { throw std::bad_alloc(); }});
  stepped.submit("bea", Move{.user = bea});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("ada: 1", "short: unavailable", "bea: 1"));
  faulty.set_before_get([](std::span<const store::Key>) { throw std::bad_alloc(); });
  stepped.submit("unread", Move{.user = cid});
  stepped.work();
  EXPECT_THAT(stepped.take_answers(), ElementsAre("unread: unavailable"));
}

// Each allocation fails once that follows the decision of a command which wrote and is refused, or
// throws: none of what it wrote is committed with what others decided.
TEST_F(CommitterMemory, WithoutMemoryToRefuseACommandItLeavesNoTrace) {
  if (!test_support::ScarceMemory::is_possible) {
    GTEST_SKIP() << "the thread sanitizer has its own operator new";
  }
  std::optional<test_support::ScarceMemory> scarce;
  std::int64_t number = 0;
  for (const bool throws : {false, true}) {
    bool has_failed = true;
    for (int allocations = 0; has_failed; ++allocations) {
      SCOPED_TRACE(fmt::format("throws: {}, after {} allocations", throws, allocations));
      SteppedCommitter stepped(faulty, accounts_schema());
      const std::logic_error mistake("a mistake that takes more than a few bytes to tell");
      const auto refusal = fail(ErrorCode::conflict, "as long as it takes to need memory for it");
      stepped.submit("before", Move{.user = ada, .number = ++number});
      stepped.submit("refused", Rule{[&](Workspace& workspace) -> Result<std::int64_t> {
                       auto account = *find_account(workspace, account_key(ada));
                       account.balance = -1;
                       workspace.replace(test_support::accounts_described(), to_document(account));
                       workspace.insert(moves_described(), move_document(bea, 1, 0, 0));
                       Result<std::int64_t> answer = refusal;
                       scarce.emplace(allocations);
                       if (throws) {
                         throw mistake;
                       }
                       return answer;
                     }});
      stepped.committer().decide();
      has_failed = scarce->has_failed();
      scarce.reset();
      stepped.work_all();
      EXPECT_THAT(stepped.answers(), testing::Contains(fmt::format("before: {}", number)));
      EXPECT_EQ(count_moves(*below, bea), 0U);
      EXPECT_EQ(find_account(*below, ada)->balance, number);
    }
  }
  EXPECT_GT(number, 6);
}

// It may have been short before the commit or after it.
TEST_F(CommitterMemory, ACommitWithoutMemoryIsOfUnknownFate) {
  SteppedCommitter stepped(faulty, accounts_schema());
  faulty.set_plan([first = true](const store::ChangeSet&) mutable -> Fault {
    if (std::exchange(first, false)) {
      throw std::bad_alloc();
    }
    return {};
  });
  stepped.submit("ada", Move{.user = ada});
  stepped.work();
  EXPECT_THAT(stepped.answers(), IsEmpty());
  EXPECT_EQ(stepped.metrics().unknowns, 1U);
  stepped.work_all();
  EXPECT_THAT(stepped.answers(), ElementsAre("ada: 1"));
}

// Of more commands than a deque keeps in one piece.
TEST_F(CommitterMemory, WhatIsLookedForIsAnsweredOnceWhereverMemoryIsShort) {
  if (!test_support::ScarceMemory::is_possible) {
    GTEST_SKIP() << "the thread sanitizer has its own operator new";
  }
  constexpr std::size_t many = 70;
  std::optional<test_support::ScarceMemory> scarce;
  std::int64_t number = 0;
  bool has_failed = true;
  for (int allocations = 0; has_failed; ++allocations) {
    SCOPED_TRACE(fmt::format("after {} allocations", allocations));
    SteppedCommitter stepped(faulty, accounts_schema());
    faulty.set_plan(test_support::in_turn({test_support::unknown_after()}));
    std::vector<int> answered(many);
    for (auto& times : answered) {
      stepped.committer().submit<Move>({.user = ada, .number = ++number},
                                       [&times](const Result<std::int64_t>&) { ++times; });
    }
    stepped.work();
    stepped.advance(Milliseconds(10));  // the back-off
    faulty.set_before_get([&](std::span<const store::Key>) {
      if (!scarce) {
        scarce.emplace(allocations);
      }
    });
    stepped.committer().decide();
    has_failed = scarce->has_failed();
    faulty.set_before_get({});
    scarce.reset();
    stepped.work_all();
    EXPECT_THAT(answered, Each(1));
    EXPECT_EQ(find_account(*below, ada)->balance, number);
  }
  EXPECT_GT(number, 10 * std::int64_t{many});
}

}  // namespace
}  // namespace wattback::commit

// Commits on bad days, by failCommand of a real server, after the scripts of MongoDB's
// specification of transactions (github.com/mongodb/specifications, source/transactions/tests:
// error-labels, retryable-commit, retryable-abort; source/transactions-convenient-api/tests): what
// each failure means, and that the commit alone is repeated. The specification's helper repeats the
// body where a label says that nothing happened; ours says so to the committer, which decides anew.
// For another write concern on a repeated commit there is no test: ours is the strictest from the
// first on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mongo/test_database.h"
#include "store/mongo/limits.h"
#include "store/mongo/mongo_store.h"
#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

constexpr Collection steps_name{"steps"};

constexpr const char* always = R"("alwaysOn")";
constexpr const char* close_connection = R"("closeConnection": true)";

std::string times(int count) { return fmt::format(R"({{"times": {}}})", count); }

std::string error(int code) { return fmt::format(R"("errorCode": {})", code); }

std::string write_concern_error(int code) {
  return fmt::format(R"("writeConcernError": {{"code": {}, "errmsg": "not on a majority"}})", code);
}

std::string transient(int code) {
  return fmt::format(R"("errorCode": {}, "errorLabels": ["TransientTransactionError"])", code);
}

class CommitLoopOnMongo : public testing::Test {
 protected:
  CommitLoopOnMongo() {
    schema_.version = 1;
    schema_.collections = {steps()};
    open(Milliseconds(10'000));
    database_.run(R"({"profile": 2})");
  }
  ~CommitLoopOnMongo() override { heal(); }

  void open(Milliseconds commit_repeats_max) {
    const auto address = database_.address() + "&heartbeatFrequencyMS=500&appName=";
    store_ = make_mongo_store({.address = address + database_.name(),
                               .if_missing = IfMissing::create,
                               .commit_repeats_max = commit_repeats_max});
    store_->apply_schema(schema_);
  }

  // From now on this command of ours fails, so often ("times": N, or always).
  void fail(const std::string& command, const std::string& mode, const std::string& how) {
    heal();
    fail_otherwise(command, mode, how);
  }
  void fail_otherwise(const std::string& command, const std::string& mode, const std::string& how) {
    database_.run_on_admin(fmt::format(
        R"({{"configureFailPoint": "failCommand", "mode": {},
             "data": {{"failCommands": ["{}"], "appName": "{}", {}}}}})",
        mode, command, database_.name(), how));
  }

  // Ends it; how often it struck. The server counts over all its life.
  int heal() {
    const auto answer =
        database_.run_on_admin(R"({"configureFailPoint": "failCommand", "mode": "off"})");
    const auto count = answer.find("\"count\" : ");
    const int total = count == std::string::npos ? 0 : std::stoi(answer.substr(count + 10));
    return total - std::exchange(struck_, total);
  }

  void try_commit() { EXPECT_TRUE(commit()); }
  CommitResult commit() {
    return store_->commit({{Insert{steps_name, Document{{"ada", std::int64_t{1}, "gate"}}}}});
  }

  std::uint64_t revision() { return store_->revision(steps_name); }

  void remove() {  // what must be there
    EXPECT_TRUE(store_->commit({{Remove{steps_name, Document{{"ada", std::int64_t{1}, "gate"}}}}}));
  }

  bool is_there(std::int64_t seq = 1) {
    const Key key{.collection = steps_name, .values = {"ada", seq}, .shard = "ada"};
    return store_->get(steps_name, std::span(&key, 1)).front().has_value();
  }

  // One that is there already, and a new one.
  CommitResult commit_taken_with_new() {
    return store_->commit({{Insert{steps_name, Document{{"ada", std::int64_t{2}, "gate"}}},
                            Insert{steps_name, Document{{"ada", std::int64_t{1}, "gate"}}}}});
  }

  // Who reads anew as soon as the fate is unknown may read what was before: a majority may have it
  // later. When that is, is by chance; so of twenty one at least is to be heard of later.
  int times_heard_of_later(const std::function<void()>& meanwhile) {
    revision();  // it follows the collection from now on
    int heard = 0;
    for (int i = 0; i < 20; ++i) {
      fail("commitTransaction", times(1), write_concern_error(79));
      EXPECT_THROW(try_commit(), CommitUnknown);
      meanwhile();
      const auto at_once = revision();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      heard += revision() > at_once ? 1 : 0;
      heal();
      if (is_there()) {
        remove();
      }
    }
    return heard;
  }

  // How often the body of the transaction was sent.
  int bodies() {
    const auto answer = database_.run(
        R"({"aggregate": "system.profile", "cursor": {},
            "pipeline": [{"$match": {"op": "insert"}}, {"$count": "bodies"}]})");
    const auto count = answer.find("\"bodies\" : ");
    return count == std::string::npos ? 0 : std::stoi(answer.substr(count + 11));
  }

  // The commit fails so often in each way, and then is done, by one body.
  void expect_repeated_alone(int count, const std::vector<std::string>& ways) {
    for (const auto& how : ways) {
      SCOPED_TRACE(how);
      fail("commitTransaction", times(count), how);
      EXPECT_TRUE(commit());
      EXPECT_EQ(heal(), count);
      EXPECT_TRUE(is_there());
      remove();
    }
    EXPECT_EQ(bodies(), static_cast<int>(ways.size()));
  }

  void expect_nothing_happened() {
    heal();
    EXPECT_FALSE(is_there());
    EXPECT_TRUE(commit());
    EXPECT_TRUE(is_there());
  }

 private:
  test::MongoDatabase database_;
  Schema schema_;
  std::unique_ptr<Store> store_;
  int struck_ = 0;
};

TEST_F(CommitLoopOnMongo, CommitsByOneBodyWhereNothingFails) {
  EXPECT_TRUE(commit());
  EXPECT_TRUE(is_there());
  EXPECT_EQ(bodies(), 1);
}

// libmongoc repeats a commit once by itself; so several must fail for us to see it.
TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereTheServerStepsDown) {
  expect_repeated_alone(4, {error(189), error(91), error(10107), error(11600), error(11602),
                            error(13435), error(13436)});
}

TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereANetworkFails) {
  expect_repeated_alone(3, {error(6), error(7), error(89), error(9001)});
}

TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereTheConnectionBreaks) {
  expect_repeated_alone(4, {close_connection});
}

TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereItTakesTooLong) {
  expect_repeated_alone(2, {error(50)});
}

// It happened, but not yet on a majority: it timed out there, or the server steps down or shuts.
TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereItsWriteConcernFails) {
  expect_repeated_alone(3,
                        {write_concern_error(64), write_concern_error(91), write_concern_error(189),
                         write_concern_error(11600), write_concern_error(11602)});
}

// A write concern that no number of repeats will meet. It happened, to be seen by who reads what a
// majority has as soon as one has it.
TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereItsWriteConcernCanNotBeMet) {
  for (const auto code : {79, 100}) {
    SCOPED_TRACE(code);
    fail("commitTransaction", times(1), write_concern_error(code));
    EXPECT_THROW(try_commit(), CommitUnknown);
    EXPECT_EQ(heal(), 1);
    remove();
  }
  EXPECT_EQ(bodies(), 2);
}

TEST_F(CommitLoopOnMongo, MovesTheRevisionAgainWhenWhatItDidNotKnowIsSeen) {
  EXPECT_GT(times_heard_of_later([] {}), 0);
}

// What is committed next has the same session.
TEST_F(CommitLoopOnMongo, MovesItAgainAlsoWhereTheSessionIsUsedAgainMeanwhile) {
  EXPECT_GT(times_heard_of_later([this] { remove(); }), 0);
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereTheTimeIsOver) {
  open(Milliseconds(50));
  for (const auto& how : {std::string(close_connection), error(50)}) {
    SCOPED_TRACE(how);
    fail("commitTransaction", always, how);
    EXPECT_THROW(try_commit(), CommitUnknown);
    EXPECT_GE(heal(), 2);
    EXPECT_FALSE(is_there());
  }
  EXPECT_EQ(bodies(), 2);
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereAMajorityNeverHasIt) {
  open(Milliseconds(50));
  fail("commitTransaction", always, write_concern_error(64));
  EXPECT_THROW(try_commit(), CommitUnknown);
  EXPECT_GE(heal(), 2);
  remove();
  EXPECT_EQ(bodies(), 1);
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereOnlyALaterTryIsRefused) {
  fail("commitTransaction", always, write_concern_error(64));
  const std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    fail_otherwise("commitTransaction", always, R"("errorCode": 13)");
  });
  EXPECT_THROW(try_commit(), CommitUnknown);
  heal();
  EXPECT_TRUE(is_there());
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhatItHasNeverHeardOf) {
  fail("commitTransaction", always, R"("errorCode": 8, "errorLabels": [])");
  EXPECT_THROW(try_commit(), CommitUnknown);
  EXPECT_EQ(heal(), 1);
}

// Of 11601, Interrupted, the server gives no label either.
TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereTheCommitWasInterrupted) {
  fail("commitTransaction", always, error(11601));
  EXPECT_THROW(try_commit(), CommitUnknown);
  EXPECT_EQ(heal(), 1);
  EXPECT_EQ(bodies(), 1);
}

TEST_F(CommitLoopOnMongo, KnowsThatATransactionThatIsGoneDidNotHappen) {
  int count = 0;
  for (const auto code : {24, 246, 251, 267}) {
    SCOPED_TRACE(code);
    fail("commitTransaction", times(1), transient(code));
    EXPECT_THROW(try_commit(), StoreUnavailable);
    EXPECT_EQ(heal(), 1);
    EXPECT_EQ(bodies(), ++count);
    EXPECT_FALSE(is_there());
  }
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, CallsARivalAtTheCommitAConflict) {
  fail("commitTransaction", times(1), transient(112));
  const auto result = commit();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Refusal::Reason::conflict);
  EXPECT_TRUE(result.error().keys.empty());
  EXPECT_EQ(bodies(), 1);
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, CallsARivalInTheBodyAConflict) {
  fail("insert", times(1), transient(112));
  const auto result = commit();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Refusal::Reason::conflict);
  EXPECT_TRUE(result.error().keys.empty());
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, NeverRepeatsABody) {
  for (const auto& how : {error(91), error(189), error(10107), error(11602), transient(24),
                          transient(251), std::string(close_connection)}) {
    SCOPED_TRACE(how);
    fail("insert", times(1), how);
    EXPECT_THROW(try_commit(), StoreUnavailable);
    EXPECT_EQ(heal(), 1);
    EXPECT_FALSE(is_there());
  }
  expect_nothing_happened();
}

// The versions of what is replaced or removed are read inside the transaction.
TEST_F(CommitLoopOnMongo, NeverRepeatsAReadOfABody) {
  try_commit();
  for (const auto& how : {error(10107), transient(251), std::string(close_connection)}) {
    SCOPED_TRACE(how);
    fail("find", times(1), how);
    EXPECT_THROW(remove(), StoreUnavailable);
    EXPECT_EQ(heal(), 1);
  }
  remove();
}

// An abort that fails says nothing new: nothing was committed, and what the transaction held is
// there for the next.
TEST_F(CommitLoopOnMongo, AnswersTheSameWhereTheAbortFails) {
  try_commit();
  for (const auto& how : {error(10107), error(11601), error(91), std::string(close_connection)}) {
    SCOPED_TRACE(how);
    fail("abortTransaction", always, how);
    const auto result = commit_taken_with_new();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, Refusal::Reason::already_exists);
    EXPECT_THAT(heal(), testing::AllOf(testing::Ge(1), testing::Le(2)));  // once more at most
    EXPECT_FALSE(is_there(2));
    remove();
    try_commit();
  }
}

TEST_F(CommitLoopOnMongo, SaysWhichPrivilegeIsMissing) {
  fail("insert", times(1), R"("errorCode": 13)");
  EXPECT_THROW(try_commit(), StoreUnavailable);
  expect_nothing_happened();
}

// Of a process that is gone, say, so that nobody is to wait for it each time.
TEST_F(CommitLoopOnMongo, WaitsOnceForARivalThatDoesNotShowWhatItChanges) {
  fail("insert", always, transient(112));
  const auto time_until_refused = [&] {
    const auto began = std::chrono::steady_clock::now();
    const auto refused = commit();
    EXPECT_EQ(refused.error().reason, Refusal::Reason::conflict);
    EXPECT_THAT(refused.error().keys, testing::IsEmpty());
    return std::chrono::steady_clock::now() - began;
  };
  EXPECT_GE(time_until_refused(), rival_wait_max);
  auto quickest = time_until_refused();
  for (int i = 0; i < 4; ++i) {
    quickest = std::min(quickest, time_until_refused());
  }
  EXPECT_GE(quickest, rival_wait_min);
  EXPECT_LT(quickest, rival_wait_max);
}

}  // namespace
}  // namespace wattback::store::mongo

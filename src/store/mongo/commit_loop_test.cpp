// Commits on bad days, by failCommand of a real server, after the ideas of MongoDB's specification
// of transactions: what each failure means, and that the commit alone is repeated, never the body.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "mongo/test_database.h"
#include "store/mongo/mongo_store.h"
#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

constexpr Collection steps_name{"steps"};

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

  void remove() {
    EXPECT_TRUE(store_->commit({{Remove{steps_name, Document{{"ada", std::int64_t{1}, "gate"}}}}}));
  }

  bool is_there() {
    const Key key{.collection = steps_name, .values = {"ada", std::int64_t{1}}, .shard = "ada"};
    return store_->get(steps_name, std::span(&key, 1)).front().has_value();
  }

  // How often the body of the transaction was sent.
  int bodies() {
    const auto answer = database_.run(
        R"({"aggregate": "system.profile", "cursor": {},
            "pipeline": [{"$match": {"op": "insert"}}, {"$count": "bodies"}]})");
    const auto count = answer.find("\"bodies\" : ");
    return count == std::string::npos ? 0 : std::stoi(answer.substr(count + 11));
  }

  void expect_committed_by_one_body() {
    EXPECT_TRUE(commit());
    EXPECT_TRUE(is_there());
    EXPECT_EQ(bodies(), 1);
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

constexpr const char* always = R"("alwaysOn")";

std::string times(int count) { return fmt::format(R"({{"times": {}}})", count); }

TEST_F(CommitLoopOnMongo, CommitsByOneBodyWhereNothingFails) { expect_committed_by_one_body(); }

// libmongoc repeats a commit once by itself; so several must fail for us to see it.
TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereTheServerStepsDown) {
  for (const auto code : {189, 91, 10107, 11600, 11602, 13436}) {
    SCOPED_TRACE(code);
    fail("commitTransaction", times(4), fmt::format(R"("errorCode": {})", code));
    EXPECT_TRUE(commit());
    EXPECT_EQ(heal(), 4);
    EXPECT_TRUE(is_there());
    remove();
  }
  EXPECT_EQ(bodies(), 6);
}

TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereTheConnectionBreaks) {
  fail("commitTransaction", times(4), R"("closeConnection": true)");
  expect_committed_by_one_body();
  EXPECT_EQ(heal(), 4);
}

TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereItTakesTooLong) {
  fail("commitTransaction", times(2), R"("errorCode": 50)");
  expect_committed_by_one_body();
  EXPECT_EQ(heal(), 2);
}

// It happened, but not yet on a majority.
TEST_F(CommitLoopOnMongo, RepeatsTheCommitAloneWhereItsWriteConcernFails) {
  fail("commitTransaction", times(3),
       R"("writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"})");
  expect_committed_by_one_body();
  EXPECT_EQ(heal(), 3);
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhereTheTimeIsOver) {
  open(Milliseconds(50));
  fail("commitTransaction", always, R"("closeConnection": true)");
  EXPECT_THROW(try_commit(), CommitUnknown);
  EXPECT_GE(heal(), 2);
  EXPECT_EQ(bodies(), 1);
}

TEST_F(CommitLoopOnMongo, SaysThatItDoesNotKnowWhatItHasNeverHeardOf) {
  fail("commitTransaction", always, R"("errorCode": 8, "errorLabels": [])");
  EXPECT_THROW(try_commit(), CommitUnknown);
  EXPECT_EQ(heal(), 1);
}

TEST_F(CommitLoopOnMongo, KnowsThatATransactionThatIsGoneDidNotHappen) {
  fail("commitTransaction", times(1),
       R"("errorCode": 251, "errorLabels": ["TransientTransactionError"])");
  EXPECT_THROW(try_commit(), StoreUnavailable);
  EXPECT_EQ(bodies(), 1);
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, CallsARivalAtTheCommitAConflict) {
  fail("commitTransaction", times(1),
       R"("errorCode": 112, "errorLabels": ["TransientTransactionError"])");
  const auto result = commit();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Refusal::Reason::conflict);
  EXPECT_TRUE(result.error().keys.empty());
  EXPECT_EQ(bodies(), 1);
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, CallsARivalInTheBodyAConflict) {
  fail("insert", times(1), R"("errorCode": 112, "errorLabels": ["TransientTransactionError"])");
  const auto result = commit();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Refusal::Reason::conflict);
  EXPECT_TRUE(result.error().keys.empty());
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, NeverRepeatsABody) {
  for (const auto* how : {R"("errorCode": 91)", R"("errorCode": 189)", R"("closeConnection": true)",
                          R"("errorCode": 251, "errorLabels": ["TransientTransactionError"])",
                          R"("errorCode": 24, "errorLabels": ["TransientTransactionError"])"}) {
    SCOPED_TRACE(how);
    fail("insert", times(1), how);
    EXPECT_THROW(try_commit(), StoreUnavailable);
    EXPECT_EQ(heal(), 1);
    EXPECT_FALSE(is_there());
  }
  expect_nothing_happened();
}

TEST_F(CommitLoopOnMongo, SaysWhichPrivilegeIsMissing) {
  fail("insert", times(1), R"("errorCode": 13)");
  EXPECT_THROW(try_commit(), StoreUnusable);
  expect_nothing_happened();
}

}  // namespace
}  // namespace wattback::store::mongo

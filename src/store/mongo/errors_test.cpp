#include "store/mongo/errors.h"

#include <gtest/gtest.h>

#include "store/store.h"

namespace wattback::store::mongo {
namespace {

using enum Meaning;

struct Case {
  std::int64_t code;
  Meaning opening;
  Meaning statement;
};

class Errors : public testing::TestWithParam<Case> {};

Failure of_server(std::int64_t code) {
  return {.domain = MONGOC_ERROR_SERVER, .code = code, .message = "what it says"};
}

TEST_P(Errors, OfTheServerMeanToThePort) {
  const auto& [code, opening, statement] = GetParam();
  EXPECT_EQ(fault_of(of_server(code), Moment::opening).meaning, opening);
  EXPECT_EQ(fault_of(of_server(code), Moment::statement).meaning, statement);
  // Whatever ends a commit, an earlier try of it may have happened.
  EXPECT_EQ(fault_of(of_server(code), Moment::commit).meaning, unknown);
  EXPECT_FALSE(fault_of(of_server(code), Moment::statement).text.empty());
}

INSTANTIATE_TEST_SUITE_P(
    mongo, Errors,
    testing::Values(Case{11000, unusable, taken},           // DuplicateKey
                    Case{112, unavailable, rivalled},       // WriteConflict
                    Case{121, unusable, forbidden},         // DocumentValidationFailure
                    Case{10334, unusable, forbidden},       // BSONObjectTooLarge
                    Case{17280, unusable, forbidden},       // KeyTooLong
                    Case{257, unusable, forbidden},         // TransactionTooLarge
                    Case{13, unusable, unavailable},        // Unauthorized
                    Case{18, unusable, unavailable},        // AuthenticationFailed
                    Case{8000, unusable, unavailable},      // AtlasError
                    Case{20, unusable, unusable},           // IllegalOperation
                    Case{59, unusable, unusable},           // CommandNotFound
                    Case{85, unusable, unusable},           // IndexOptionsConflict
                    Case{86, unusable, unusable},           // IndexKeySpecsConflict
                    Case{246, unavailable, unavailable},    // SnapshotUnavailable
                    Case{239, unavailable, unavailable},    // SnapshotTooOld
                    Case{251, unavailable, unavailable},    // NoSuchTransaction
                    Case{50, unavailable, unavailable},     // MaxTimeMSExpired
                    Case{262, unavailable, unavailable},    // ExceededTimeLimit
                    Case{24, unavailable, unavailable},     // LockTimeout
                    Case{14031, unavailable, unavailable},  // OutOfDiskSpace
                    // What no row names: a step down, a shutdown, a write concern that was not met.
                    Case{189, unavailable, unavailable}, Case{91, unavailable, unavailable},
                    Case{64, unavailable, unavailable}));

bson_error_t of_lookup(std::uint32_t domain, const char* message) {
  bson_error_t error{};
  bson_set_error(&error, domain, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "%s", message);
  return error;
}

// As libmongoc 1.23 says it where it was built without a resolver (_mongoc_client_get_rr).
TEST(Errors, OfADriverBuiltWithoutSrvSayWhatToDo) {
  const auto fault = fault_of_lookup(
      of_lookup(MONGOC_ERROR_STREAM, "libresolv unavailable, cannot use mongodb+srv URI"));
  EXPECT_EQ(fault.meaning, unusable);
  EXPECT_TRUE(fault.text.contains("use a mongodb:// address that lists the hosts"));
}

TEST(Errors, OfANameThatIsNotFoundMayPass) {
  const auto fault = fault_of_lookup(of_lookup(MONGOC_ERROR_STREAM, "Failed to look up SRV"));
  EXPECT_EQ(fault.meaning, unavailable);
  EXPECT_EQ(fault.text, "Failed to look up SRV");
  EXPECT_EQ(fault_of_lookup(of_lookup(MONGOC_ERROR_COMMAND, "bad TXT")).meaning, unusable);
}

TEST(Errors, OfTheDriverMeanThatNobodyAnswers) {
  for (const auto domain :
       {MONGOC_ERROR_STREAM, MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_POOL}) {
    const Failure failure{.domain = domain, .code = 13053};
    EXPECT_EQ(fault_of(failure, Moment::opening).meaning, unavailable);
    EXPECT_EQ(fault_of(failure, Moment::statement).meaning, unavailable);
    EXPECT_EQ(fault_of(failure, Moment::commit).meaning, unknown);
  }
  const Failure refused{.domain = MONGOC_ERROR_CLIENT, .code = MONGOC_ERROR_CLIENT_AUTHENTICATE};
  EXPECT_EQ(fault_of(refused, Moment::opening).meaning, unusable);
  EXPECT_EQ(fault_of(refused, Moment::statement).meaning, unavailable);
  EXPECT_EQ(fault_of(refused, Moment::commit).meaning, unknown);
}

TEST(Errors, OfASignInWhoseConnectionBreaksAreOfOneThatBroke) {
  const Failure broken{.domain = MONGOC_ERROR_CLIENT,
                       .code = MONGOC_ERROR_CLIENT_AUTHENTICATE,
                       .message =
                           "Failed to send \"saslStart\" command with database \"admin\": "
                           "Failure during socket delivery: Broken pipe (32)"};
  EXPECT_EQ(fault_of(broken, Moment::opening).meaning, unavailable);
  EXPECT_EQ(fault_of(broken, Moment::statement).meaning, unavailable);
  EXPECT_EQ(fault_of(broken, Moment::commit).meaning, unknown);
  EXPECT_EQ(fault_of(broken, Moment::statement).text, "can't be reached");
}

TEST(Errors, WithALabelMeanAtTheCommitWhatItSays) {
  auto failure = of_server(189);
  failure.is_transient = true;
  EXPECT_EQ(fault_of(failure, Moment::commit).meaning, unavailable);
  failure.is_commit_unknown = true;
  EXPECT_EQ(fault_of(failure, Moment::commit).meaning, unknown);
  auto rival = of_server(112);
  rival.is_transient = true;
  EXPECT_EQ(fault_of(rival, Moment::commit).meaning, rivalled);
  auto gone = of_server(251);
  gone.is_transient = true;
  EXPECT_EQ(fault_of(gone, Moment::commit).meaning, unavailable);
  gone.is_commit_unknown = true;
  EXPECT_EQ(fault_of(gone, Moment::commit).meaning, unknown);
}

TEST(Errors, AreThrownAsThePortsExceptions) {
  EXPECT_THROW(throw_failure("x", of_server(91), Moment::statement), StoreUnavailable);
  EXPECT_THROW(throw_failure("x", of_server(13), Moment::opening), StoreUnusable);
  EXPECT_THROW(throw_failure("x", of_server(91), Moment::commit), CommitUnknown);
  // A rival met where nothing is decided: a read, or the schema.
  EXPECT_THROW(throw_failure("x", of_server(112), Moment::opening), StoreUnavailable);
}

TEST(Errors, LeaveOutTheCommandThatWasNotAllowed) {
  auto failure = of_server(13);
  failure.message =
      "not authorized on db to execute command { insert: \"users\", documents: [ ... ]";
  try {
    throw_failure("x", failure, Moment::statement);
  } catch (const std::exception& error) {
    EXPECT_TRUE(std::string_view(error.what()).ends_with("(MongoDB 13: not authorized on db)"))
        << error.what();
  }
}

TEST(Errors, SayTheAddressAndWhatToDo) {
  try {
    throw_failure("mongodb://host/db", of_server(13), Moment::opening);
  } catch (const StoreUnusable& error) {
    EXPECT_STREQ(error.what(),
                 "mongodb://host/db: the user lacks a privilege; grant the role readWrite on the "
                 "database (MongoDB 13: what it says)");
  }
}

}  // namespace
}  // namespace wattback::store::mongo

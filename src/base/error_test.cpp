#include "base/error.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace wattback {
namespace {

TEST(Error, EveryCodeHasTheNameItShows) {
  EXPECT_EQ(to_text(ErrorCode::invalid), "invalid");
  EXPECT_EQ(to_text(ErrorCode::unauthenticated), "unauthenticated");
  EXPECT_EQ(to_text(ErrorCode::forbidden), "forbidden");
  EXPECT_EQ(to_text(ErrorCode::not_found), "not_found");
  EXPECT_EQ(to_text(ErrorCode::already_exists), "already_exists");
  EXPECT_EQ(to_text(ErrorCode::conflict), "conflict");
  EXPECT_EQ(to_text(ErrorCode::key_reused), "key_reused");
  EXPECT_EQ(to_text(ErrorCode::precondition_failed), "precondition_failed");
  EXPECT_EQ(to_text(ErrorCode::insufficient_points), "insufficient_points");
  EXPECT_EQ(to_text(ErrorCode::out_of_stock), "out_of_stock");
  EXPECT_EQ(to_text(ErrorCode::last_administrator), "last_administrator");
  EXPECT_EQ(to_text(ErrorCode::limit_exceeded), "limit_exceeded");
  EXPECT_EQ(to_text(ErrorCode::too_many_tries), "too_many_tries");
  EXPECT_EQ(to_text(ErrorCode::overloaded), "overloaded");
  EXPECT_EQ(to_text(ErrorCode::unavailable), "unavailable");
  EXPECT_EQ(to_text(ErrorCode::internal), "internal");
}

TEST(Error, AFailureIsAResultOfAnyType) {
  const Result<int> result = fail(ErrorCode::not_found, "no such reward");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(
      result.error(),
      (Error{.code = ErrorCode::not_found, .detail = "no such reward", .fields = {}, .log = {}}));
}

TEST(Error, AFieldAtFaultIsNamedInTheDetailToo) {
  const Result<void> result = fail_field("email", "must not be empty");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::invalid);
  EXPECT_EQ(result.error().detail, "email: must not be empty");
  ASSERT_EQ(result.error().fields.size(), 1U);
  EXPECT_EQ(result.error().fields.front(), (FieldError{"email", "invalid", "must not be empty"}));
}

TEST(CheckDeathTest, EndsTheProgramNamingThePlace) {
  check(true);
  EXPECT_DEATH(check(false), "a condition does not hold at .*error_test.cpp:[0-9]+");
}

}  // namespace
}  // namespace wattback

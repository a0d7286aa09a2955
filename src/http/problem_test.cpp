#include "http/problem.h"

#include <gmock/gmock.h>

#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/time.h"
#include "http/limits.h"

namespace wattback::http {
namespace {

using testing::HasSubstr;
using testing::Not;

Error error_of(ErrorCode code) {
  return {.code = code, .detail = "a detail", .fields = {}, .log = "a log"};
}

TEST(Problem, HasTheStatusOfItsError) {
  const std::vector<std::pair<ErrorCode, int>> statuses{
      {ErrorCode::invalid, 400},        {ErrorCode::unauthenticated, 401},
      {ErrorCode::forbidden, 403},      {ErrorCode::not_found, 404},
      {ErrorCode::already_exists, 409}, {ErrorCode::conflict, 409},
      {ErrorCode::key_reused, 422},     {ErrorCode::precondition_failed, 412},
      {ErrorCode::out_of_stock, 409},   {ErrorCode::insufficient_points, 409},
      {ErrorCode::limit_exceeded, 422}, {ErrorCode::last_administrator, 409},
      {ErrorCode::too_many_tries, 429}, {ErrorCode::overloaded, 503},
      {ErrorCode::unavailable, 503},    {ErrorCode::internal, 500}};
  for (const auto& [code, status] : statuses) {
    const auto problem = problem_of(error_of(code));
    EXPECT_EQ(problem.status, status);
    EXPECT_EQ(problem.code, to_text(code));
    EXPECT_FALSE(problem.title.empty());
  }
}

// What the system could not give just now may be asked for again; all else is a fault of ours.
TEST(Problem, OfWhatWasThrown) {
  const std::vector<std::pair<std::exception_ptr, int>> statuses{
      {std::make_exception_ptr(std::bad_alloc()), 503},
      {std::make_exception_ptr(TimeZoneUnread("no descriptor is left")), 503},
      {std::make_exception_ptr(std::runtime_error("a secret")), 500},
      {std::make_exception_ptr(1), 500}};
  for (const auto& [thrown, status] : statuses) {
    const auto problem = problem_of(thrown);
    EXPECT_EQ(problem.status, status);
    EXPECT_FALSE(problem.log.empty());
    EXPECT_THAT(problem.detail, Not(HasSubstr("a secret")));
  }
}

TEST(Problem, SaysHowToGoOn) {
  EXPECT_EQ(problem_of(error_of(ErrorCode::unauthenticated)).headers.at(0),
            (NamedValue{"WWW-Authenticate", "Bearer"}));
  EXPECT_EQ(problem_of(error_of(ErrorCode::overloaded)).headers.at(0),
            (NamedValue{"Retry-After", std::to_string(retry_overloaded_seconds)}));
  EXPECT_EQ(problem_of(error_of(ErrorCode::unavailable)).headers.at(0),
            (NamedValue{"Retry-After", std::to_string(retry_unavailable_seconds)}));
  auto tries = error_of(ErrorCode::too_many_tries);
  tries.retry_after = std::chrono::minutes(2);
  EXPECT_EQ(problem_of(tries).headers.at(0), (NamedValue{"Retry-After", "120"}));
  EXPECT_TRUE(problem_of(error_of(ErrorCode::conflict)).headers.empty());
}

TEST(Problem, IsWrittenAsJson) {
  const Error error{.code = ErrorCode::invalid,
                    .detail = "a \"detail\"",
                    .fields = {{"/meter", "too_long", "is too long"}},
                    .log = "a log"};
  const auto response = to_response(problem_of(error), "/api/v1/meters", "request-1");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.log, "a log");
  EXPECT_EQ(text_of(response.body),
            R"({"type":"urn:wattback:problem:invalid","title":"The request is not valid",)"
            R"("status":400,"detail":"a \"detail\"","instance":"/api/v1/meters",)"
            R"("code":"invalid","request_id":"request-1",)"
            R"("errors":[{"pointer":"/meter","code":"too_long","detail":"is too long"}]})");
}

TEST(Problem, OfUsShowsNothing) {
  Error error = error_of(ErrorCode::internal);
  error.fields = {{"/secret", "secret", "secret"}};
  const auto response = to_response(problem_of(error), "/", "r");
  EXPECT_THAT(text_of(response.body), Not(HasSubstr("a detail")));
  EXPECT_THAT(text_of(response.body), Not(HasSubstr("secret")));
  EXPECT_EQ(response.log, "a detail: a log");
}

TEST(Problem, OfTheProtocolIsTitledByItsPhrase) {
  const auto problem = problem_of(428, "precondition_required", "If-Match is missing");
  EXPECT_EQ(problem.title, "Precondition Required");
  EXPECT_EQ(problem.code, "precondition_required");
}

TEST(Problem, OfABody) {
  EXPECT_EQ(problem_of(BodyFault::too_large).status, 413);
  EXPECT_EQ(problem_of(BodyFault::too_slow).status, 408);
  EXPECT_EQ(problem_of(BodyFault::malformed).status, 400);
  EXPECT_EQ(problem_of(BodyFault::disconnected).status, 400);
}

}  // namespace
}  // namespace wattback::http

#include "http/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "http/limits.h"

namespace wattback::http {
namespace {

struct StatusAndTitle {
  int status;
  std::string_view title;
};

StatusAndTitle status_and_title(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return {400, "The request is not valid"};
    case ErrorCode::unauthenticated:
      return {401, "Who asks is not known"};
    case ErrorCode::forbidden:
      return {403, "Who asks may not do this"};
    case ErrorCode::not_found:
      return {404, "There is nothing by that name"};
    case ErrorCode::already_exists:
      return {409, "It exists already"};
    case ErrorCode::conflict:
      return {409, "The state of things does not allow it"};
    case ErrorCode::key_reused:
      return {422, "The idempotency key was used for something else"};
    case ErrorCode::precondition_failed:
      return {412, reason_phrase(412)};
    case ErrorCode::insufficient_points:
      return {409, "There are not enough points"};
    case ErrorCode::out_of_stock:
      return {409, "No unit is left"};
    case ErrorCode::last_administrator:
      return {409, "An active administrator must remain"};
    case ErrorCode::limit_exceeded:
      return {422, "A limit of the programme is exceeded"};
    case ErrorCode::too_many_tries:
      return {429, "Too many wrong passwords"};
    case ErrorCode::overloaded:
      return {503, "Too much waits already"};
    case ErrorCode::unavailable:
      return {503, "The service is not available at the moment"};
    case ErrorCode::internal:
      return {500, "Something went wrong here"};
  }
  check(false);
  return {};
}

std::vector<NamedValue> headers_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::unauthenticated:
      return {{"WWW-Authenticate", "Bearer"}};
    case ErrorCode::too_many_tries:
      return {{"Retry-After", std::to_string(error.retry_after.count())}};
    case ErrorCode::overloaded:
      return {{"Retry-After", std::to_string(retry_overloaded_seconds)}};
    case ErrorCode::unavailable:
      return {{"Retry-After", std::to_string(retry_unavailable_seconds)}};
    case ErrorCode::invalid:
    case ErrorCode::forbidden:
    case ErrorCode::not_found:
    case ErrorCode::already_exists:
    case ErrorCode::conflict:
    case ErrorCode::key_reused:
    case ErrorCode::precondition_failed:
    case ErrorCode::insufficient_points:
    case ErrorCode::out_of_stock:
    case ErrorCode::last_administrator:
    case ErrorCode::limit_exceeded:
    case ErrorCode::internal:
      return {};
  }
  check(false);
  return {};
}

std::string log_of(const Error& error) {
  if (error.code != ErrorCode::internal || error.detail.empty()) {
    return error.log;
  }
  return error.log.empty() ? error.detail : error.detail + ": " + error.log;
}

Problem unavailable(std::string detail, std::string log) {
  return problem_of(Error{.code = ErrorCode::unavailable,
                          .detail = std::move(detail),
                          .fields = {},
                          .log = std::move(log)});
}

}  // namespace

Problem problem_of(const Error& error) {
  const auto [status, title] = status_and_title(error.code);
  const bool is_shown = error.code != ErrorCode::internal;
  return {.status = status,
          .code = std::string(to_text(error.code)),
          .title = std::string(title),
          .detail = is_shown ? error.detail : std::string(),
          .errors = is_shown ? error.fields : std::vector<FieldError>(),
          .headers = headers_of(error),
          .log = log_of(error)};
}

Problem problem_of(int status, std::string code, std::string detail) {
  return {.status = status,
          .code = std::move(code),
          .title = std::string(reason_phrase(status)),
          .detail = std::move(detail),
          .errors = {},
          .headers = {},
          .log = {}};
}

Problem problem_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc& error) {
    return unavailable("memory is short; try again shortly", error.what());
  } catch (const TimeZoneUnread& error) {
    return unavailable("a time zone could not be read; try again shortly", error.what());
  } catch (const std::exception& error) {
    return problem_of(fail(ErrorCode::internal, error.what()).error());
  } catch (...) {
    return problem_of(
        fail(ErrorCode::internal, "something that is no std::exception was thrown").error());
  }
}

Problem problem_of(BodyFault fault) {
  switch (fault) {
    case BodyFault::too_large:
      return problem_of(413, "body_too_large", "the body is larger than this route takes");
    case BodyFault::too_slow:
      return problem_of(408, "timeout", "the body did not arrive in time");
    case BodyFault::malformed:
      return problem_of(400, "malformed_request", "the body is not encoded as its header says");
    case BodyFault::disconnected:
      return problem_of(400, "malformed_request", "the body ended too early");
  }
  check(false);
  return {};
}

Response to_response(const Problem& problem, std::string_view instance,
                     std::string_view request_id) {
  boost::json::object body;
  body["type"] = "urn:wattback:problem:" + problem.code;
  body["title"] = problem.title;
  body["status"] = problem.status;
  if (!problem.detail.empty()) {
    body["detail"] = problem.detail;
  }
  if (!instance.empty()) {
    body["instance"] = instance;
  }
  body["code"] = problem.code;
  body["request_id"] = request_id;
  if (!problem.errors.empty()) {
    auto& errors = body["errors"].emplace_array();
    for (const auto& [pointer, code, detail] : problem.errors) {
      errors.push_back({{"pointer", pointer}, {"code", code}, {"detail", detail}});
    }
  }
  return {.status = problem.status,
          .content_type = "application/problem+json",
          .headers = problem.headers,
          .body = boost::json::serialize(body),
          .log = problem.log};
}

Response to_response(const Problem& problem, const Request& request) {
  return to_response(problem, request.path, request.request_id);
}

Response to_response(const Error& error, const Request& request) {
  return to_response(problem_of(error), request);
}

}  // namespace wattback::http

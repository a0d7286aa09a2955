// Errors as clients read them: application/problem+json (RFC 9457), with members `code`,
// `request_id` and `errors` of our own. `type` is urn:wattback:problem:CODE.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/request.h"
#include "http/response.h"
#include "http/stream.h"

namespace wattback::http {

struct Problem {
  int status = 500;
  std::string code;    // a word for programs
  std::string title;   // of the code, always the same
  std::string detail;  // of this occurrence; no member when empty
  std::vector<FieldError> errors;
  std::vector<NamedValue> headers;  // that go with it, such as Allow
  std::string log;
};

// The one place that maps our errors to HTTP. `internal` shows nothing of its detail, which the log
// then holds. 401 has WWW-Authenticate, 429 and 503 have Retry-After.
Problem problem_of(const Error& error);

// One the protocol itself has a status for, titled by its reason phrase.
Problem problem_of(int status, std::string code, std::string detail);
Problem problem_of(BodyFault fault);

// Of what a handler threw: 503 where memory or a time zone could not be had, else 500.
Problem problem_of(const std::exception_ptr& thrown);

// `instance` is the request's path; no member when empty, where there was none to read.
Response to_response(const Problem& problem, std::string_view instance,
                     std::string_view request_id);

// What handlers call.
Response to_response(const Problem& problem, const Request& request);
Response to_response(const Error& error, const Request& request);

}  // namespace wattback::http

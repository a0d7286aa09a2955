// Every limit of what a client may ask, exceeded over the wire: the status and the code it is told.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/json.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

using std::chrono::milliseconds;
using test_support::HttpClient;

constexpr http::Limits defaults;

struct Excess {
  std::string limit;
  std::string request;
  int status = 0;
  std::string code;
};

std::string head(std::string_view method, std::string_view target, std::string_view more = {}) {
  return fmt::format("{} {} HTTP/1.1\r\nHost: x\r\n{}\r\n", method, target, more);
}

std::string repeated(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

std::string json_body(const std::string& bearer, std::string_view target, std::string_view body) {
  return head("POST", target,
              fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n"
                          "Content-Length: {}\r\n",
                          bearer, body.size())) +
         std::string(body);
}

std::string upload_head(const std::string& bearer, std::string_view target, std::string_view type,
                        std::string_view more) {
  return head(
      "POST", target,
      fmt::format("Authorization: Bearer {}\r\nIdempotency-Key: k\r\nContent-Type: {}\r\n{}",
                  bearer, type, more));
}

std::string length(std::size_t bytes) { return fmt::format("Content-Length: {}\r\n", bytes); }

class Limited : public ServiceFixture {
 protected:
  explicit Limited(http::Limits limits = {}) : ServiceFixture(ServiceOptions{.limits = limits}) {}

  void expect_refused(const std::vector<Excess>& rows) {
    for (const auto& row : rows) {
      SCOPED_TRACE(row.limit);
      HttpClient client(service->port());
      client.send(row.request);
      expect_problem(client.answer(), row.status, row.code);
    }
  }

  static void expect_problem(const std::optional<test_support::Answer>& answer, int status,
                             const std::string& word) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, status) << answer->body;
    EXPECT_EQ(answer->header("content-type"), "application/problem+json");
    EXPECT_EQ(code(*answer), word);
  }

  const std::string admin = session_of(programme.cat);
  const std::string half_a_body = head("POST", "/api/v1/sessions", length(1000)) + "{";
};

TEST_F(Limited, InSizeAndNumber) {
  const std::string ndjson = "application/x-ndjson";
  const auto chunk = fmt::format("{:x}\r\n", defaults.body_bytes_max + 1);
  const auto nested = fmt::format(R"({{"name":{}{}}})", repeated(json_depth_max, "["),
                                  repeated(json_depth_max, "]"));
  const auto bearer = "Authorization: Bearer " + admin + "\r\n";
  expect_refused({
      {"header_bytes_max",
       head("GET", "/livez", "X: " + repeated(defaults.header_bytes_max, "x") + "\r\n"), 431,
       "header_too_large"},
      {"header_fields_max", head("GET", "/livez", repeated(defaults.header_fields_max, "X: y\r\n")),
       431, "header_too_large"},
      {"target_bytes_max", head("GET", "/" + repeated(defaults.target_bytes_max, "x")), 414,
       "target_too_long"},
      {"query_parameters_max",
       head("GET", "/livez?" + repeated(defaults.query_parameters_max + 1, "a&")), 400, "invalid"},
      {"body_bytes_max", head("POST", "/api/v1/sessions", length(defaults.body_bytes_max + 1)), 413,
       "body_too_large"},
      {"body_bytes_max, in chunks",
       head("POST", "/api/v1/sessions", "Transfer-Encoding: chunked\r\n") + chunk, 413,
       "body_too_large"},
      {"streamed_body_bytes_max of a bulk",
       upload_head(admin, "/api/v1/usage:bulk", ndjson,
                   length(defaults.streamed_body_bytes_max + 1)),
       413, "body_too_large"},
      {"streamed_body_bytes_max of a file",
       upload_head(admin, "/api/v1/imports", ndjson, length(defaults.streamed_body_bytes_max + 1)),
       413, "body_too_large"},
      {"an upload says its length", upload_head(admin, "/api/v1/imports", ndjson, ""), 411,
       "length_required"},
      {"json_depth_max", json_body(admin, "/api/v1/rewards", nested), 400, "invalid"},
      {"items of a page", head("GET", "/api/v1/users?limit=201", bearer), 400, "invalid"},
  });
}

class LimitedInTime : public Limited {
 protected:
  LimitedInTime()
      : Limited({.streamed_body_bytes_max = 1000,
                 .bodies_bytes_max = 4000,
                 .header_time_max = milliseconds(100),
                 .body_time_max = milliseconds(300),
                 .idle_time_max = milliseconds(100)}) {}
};

TEST_F(LimitedInTime, OrOtherwiseThanBySize) {
  expect_refused({
      {"header_time_max", "GET /livez HTTP/1.1\r\nHost: ", 408, "timeout"},
      {"body_time_max", half_a_body, 408, "timeout"},
      {"body_time_max of an upload",
       upload_head(admin, "/api/v1/imports", "text/csv", length(1000)) + "start", 408, "timeout"},
      {"streamed_body_bytes_max, in chunks",
       upload_head(admin, "/api/v1/imports", "text/csv", "Transfer-Encoding: chunked\r\n") +
           "3e9\r\n" + repeated(1001, "x"),
       413, "body_too_large"},
      {"bodies_bytes_max", head("POST", "/api/v1/sessions", length(5000)) + repeated(4500, "x"),
       503, "overloaded"},
  });
  EXPECT_TRUE(HttpClient(service->port()).is_at_end()) << "idle_time_max";
}

class LimitedInNumber : public Limited {
 protected:
  LimitedInNumber() : Limited({.connections_max = 2}) {}
};

TEST_F(LimitedInNumber, OfConnections) {
  HttpClient idle(service->port());
  ASSERT_TRUE(idle.ask(head("GET", "/livez")));
  HttpClient first(service->port());
  first.send(half_a_body);
  HttpClient second(service->port());
  second.send(half_a_body);
  EXPECT_TRUE(idle.is_at_end()) << "the longest idle one makes room";
  HttpClient third(service->port());
  expect_problem(third.answer(), 503, "overloaded");
}

}  // namespace
}  // namespace wattback::api

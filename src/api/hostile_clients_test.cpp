// Clients that are slow, many or gone, and that others are served beside them.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>
#include <thread>
#include <vector>

#include "api/resources.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

using std::chrono::milliseconds;
using test_support::HttpClient;
using testing::HasSubstr;

constexpr int small_buffer = 4096;  // of a client's socket, so that little waits there unread

// A bulk whose answer is more than all buffers on its way hold.
constexpr int many_lines = 60'000;

std::string many_bad_lines() {
  std::string lines;
  for (int i = 0; i < many_lines; ++i) {
    lines += "{}\n";
  }
  return lines;
}

std::string post_bulk(const std::string& bearer, std::string_view key, std::string_view lines) {
  return fmt::format(
      "POST /api/v1/usage:bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
      "Content-Type: application/x-ndjson\r\nIdempotency-Key: {}\r\nContent-Length: {}\r\n\r\n{}",
      bearer, key, lines.size(), lines);
}

class Stalled : public ServiceFixture {
 protected:
  explicit Stalled(http::Limits limits = {},
                   milliseconds bulk_reader_time_max = std::chrono::minutes(10))
      : ServiceFixture(
            ServiceOptions{.limits = limits, .bulk_reader_time_max = bulk_reader_time_max}) {}

  static http::Limits limits(milliseconds write_time_max) {
    return {.write_time_max = write_time_max,
            .drain_time_max = milliseconds(100),
            .unsent_answer_bytes_max = std::size_t{64} << 10U};
  }

  // As many bulks as imports run at once, none of whose answers is read.
  std::vector<HttpClient> stall_all_imports() {
    const auto bearer = token();
    std::vector<HttpClient> clients;
    for (std::size_t i = 0; i < imports_at_once_max; ++i) {
      clients.emplace_back(service->port(), small_buffer);
      EXPECT_TRUE(clients.back().send(post_bulk(bearer, fmt::format("stalled-{}", i), lines)));
      EXPECT_THAT(clients.back().some(), HasSubstr("200 OK"));
    }
    return clients;
  }

  const std::string lines = many_bad_lines();
};

class CutWhenStalled : public Stalled {
 protected:
  CutWhenStalled() : Stalled(limits(milliseconds(200))) {}
};

TEST_F(CutWhenStalled, AnImportGoesOnWithoutItsReader) {
  const auto clients = stall_all_imports();
  HttpClient client(service->port());
  const auto answer = client.ask(post_bulk(token(), "prompt", "{}\n"));
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr(R"("summary")"));
}

class KeptThoughStalled : public Stalled {
 protected:
  KeptThoughStalled() : Stalled(limits(std::chrono::minutes(10))) {}
};

TEST_F(KeptThoughStalled, UploadsArriveWhileAllImportsWait) {
  const auto clients = stall_all_imports();
  HttpClient client(service->port());
  const auto invited = client.ask(
      fmt::format("POST /api/v1/usage:bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                  "Content-Type: application/x-ndjson\r\nIdempotency-Key: waits\r\n"
                  "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n",
                  token()));
  ASSERT_TRUE(invited);
  EXPECT_EQ(invited->status, 100);
}

TEST_F(KeptThoughStalled, TheServerStopsAllTheSame) {
  const auto clients = stall_all_imports();
  const auto began = std::chrono::steady_clock::now();
  service->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, HttpClient::patience);
}

class LeftBehind : public Stalled {
 protected:
  LeftBehind() : Stalled(limits(std::chrono::minutes(10)), milliseconds(200)) {}
};

TEST_F(LeftBehind, ALateReaderIsToldWhatIsMissing) {
  auto clients = stall_all_imports();
  HttpClient prompt(service->port());
  ASSERT_TRUE(prompt.ask(post_bulk(token(), "prompt", "{}\n"))) << "the others are past waiting";
  std::string rest;
  for (std::string more = clients.front().some(); !more.empty(); more = clients.front().some()) {
    rest += more;
    if (rest.ends_with("0\r\n\r\n")) {
      break;
    }
  }
  EXPECT_LT(std::ranges::count(rest, '\n') / 3, many_lines);
  const auto last = rest.rfind(R"({"problem")");
  ASSERT_NE(last, std::string::npos);
  EXPECT_THAT(rest.substr(last), HasSubstr(R"("code":"timeout")"));
  EXPECT_EQ(rest.find(R"("summary")"), std::string::npos);
}

}  // namespace
}  // namespace wattback::api

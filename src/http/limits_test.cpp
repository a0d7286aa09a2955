// Every limit exceeded over a real socket.
#include "http/limits.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.h"
#include "support/process.h"
#include "support/running_server.h"

namespace wattback::http {
namespace {

using std::chrono::milliseconds;
using test_support::allocated_bytes;
using test_support::Answer;
using test_support::get;
using test_support::HttpClient;
using test_support::post;
using test_support::RunningServer;
using testing::HasSubstr;

constexpr Limits defaults;

std::string post_head(std::string_view path, std::size_t length) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

std::string chunked_post(std::string_view path) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
}

TEST(Limits, OfTheHeader) {
  const RunningServer running;
  const std::string long_value(defaults.header_bytes_max, 'x');
  EXPECT_EQ(running.ask(get("/hello", "X: " + long_value + "\r\n")).status, 431);
  EXPECT_EQ(running.ask(get("/hello", "X: " + long_value.substr(200) + "\r\n")).status, 200);
  std::string fields;
  for (std::size_t i = 0; i < defaults.header_fields_max; ++i) {
    fields += "X: y\r\n";
  }
  EXPECT_EQ(running.ask(get("/hello", fields)).status, 431);
}

// The fields alone are within the limit, so all of them have been read when it is seen.
TEST(Limits, OfTheHeaderWithItsRequestLine) {
  const RunningServer running;
  auto client = running.connect();
  client.send(get("/hello", "X: " + std::string(defaults.header_bytes_max - 32, 'x') + "\r\n"));
  const auto answer = client.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 431);
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(client.is_at_end()) << "what is left of the header is no request";
}

TEST(Limits, OfTheTarget) {
  const RunningServer running;
  const std::string path = "/" + std::string(defaults.target_bytes_max, 'x');
  EXPECT_EQ(running.ask(get(path)).status, 414);
  EXPECT_EQ(running.ask(get(path.substr(1, defaults.target_bytes_max))).status, 400);
  EXPECT_EQ(running.ask(get(path.substr(0, defaults.target_bytes_max))).status, 404);
}

TEST(Limits, OfQueryParameters) {
  const RunningServer running;
  std::string query;
  for (std::size_t i = 0; i <= defaults.query_parameters_max; ++i) {
    query += "a" + std::to_string(i) + "&";
  }
  EXPECT_EQ(running.ask(get("/hello?" + query)).status, 400);
}

TEST(Limits, OfABody) {
  const RunningServer running;
  const std::string most(defaults.body_bytes_max, 'x');
  EXPECT_EQ(running.ask(post("/echo", most)).body.size(), most.size());
  const auto answer = running.ask(post("/echo", most + "x"));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(Limits, OfABodyInChunks) {
  const RunningServer running;
  const std::string most(defaults.body_bytes_max, 'x');
  const auto start = chunked_post("/echo") + "100000\r\n" + most + "\r\n";
  EXPECT_EQ(running.ask(start + "0\r\n\r\n").body.size(), most.size());
  EXPECT_EQ(running.ask(start + "1\r\nx\r\n0\r\n\r\n").status, 413);
  EXPECT_EQ(running.ask(chunked_post("/echo") + "100001\r\n").status, 413);
}

TEST(Limits, OfAStreamedBody) {
  const RunningServer running;
  EXPECT_EQ(running.ask(post_head("/lines", defaults.streamed_body_bytes_max + 1)).status, 413);
  const RunningServer small({.streamed_body_bytes_max = 10});
  EXPECT_EQ(small.ask(post("/lines", "123456789\n")).body, "9\nend\n");
  EXPECT_EQ(small.ask(post("/lines", "1234567890\n")).status, 413);
  EXPECT_EQ(small.ask(chunked_post("/lines") + "b\r\n1234567890\n\r\n").status, 413);
  EXPECT_EQ(small.ask(chunked_post("/lines") + "a\r\n123456789\n\r\n1\r\nx\r\n").body,
            "9\nfault\n");
}

TEST(Limits, OfAllBodiesThatArrive) {
  RunningServer running({.bodies_bytes_max = 1000});
  auto first = running.connect();
  const std::string most(900, 'x');
  first.send(post_head("/echo", 1000) + most);
  ASSERT_TRUE(running.eventually([](const auto& now) { return now.body_bytes_held == 900; }));
  auto second = running.connect();
  const auto answer = second.ask(post_head("/echo", 1000) + most);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("retry-after"), "1");
  ASSERT_TRUE(running.eventually([](const auto& now) { return now.body_bytes_held == 900; }));
  EXPECT_EQ(first.ask(std::string(100, 'y'))->body.size(), 1000U);
  EXPECT_TRUE(running.eventually([](const auto& now) { return now.body_bytes_held == 0; }));
}

TEST(Limits, OfTheTimeAHeaderTakes) {
  constexpr milliseconds most(150);
  RunningServer running({.header_time_max = most});
  auto client = running.connect();
  const auto began = std::chrono::steady_clock::now();
  std::atomic<bool> is_over = false;
  const std::jthread slowly([&] {
    client.send("GET /hello HTTP/1.1\r\nHost: x\r\nX: ");
    while (!is_over && client.send("x")) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  const auto answer = client.answer();
  is_over = true;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_GE(std::chrono::steady_clock::now() - began, most);
  EXPECT_EQ(running.server().metrics().connections_timed_out, 1U);
}

TEST(Limits, OfTheTimeABodyTakes) {
  constexpr milliseconds most(150);
  RunningServer running({.body_time_max = most});
  auto client = running.connect();
  std::atomic<bool> is_over = false;
  const std::jthread slowly([&] {
    client.send(post_head("/echo", 1000));
    while (!is_over && client.send("x")) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  const auto answer = client.answer();
  is_over = true;
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(running.server().metrics().connections_timed_out, 1U);
}

TEST(Limits, OfTheTimeAStreamedBodyTakes) {
  const RunningServer running({.body_time_max = milliseconds(100)});
  EXPECT_EQ(running.ask(post_head("/lines", 1000)).status, 408);
  EXPECT_EQ(running.ask(post_head("/lines", 1000) + "a\n").body, "1\nfault\n");
}

TEST(Limits, LetABodyTakeLongThatGoesOn) {
  const RunningServer running({.body_time_max = milliseconds(500), .progress_bytes = 1});
  auto client = running.connect();
  client.send(post_head("/echo", 4));
  for (int i = 0; i < 4; ++i) {
    std::this_thread::sleep_for(milliseconds(150));
    client.send("x");
  }
  EXPECT_EQ(client.answer()->body, "xxxx");
}

TEST(Limits, OfTheTimeAReaderTakes) {
  RunningServer running({.write_time_max = milliseconds(100)});
  auto client = running.connect(4096);
  client.send(get("/big"));
  EXPECT_FALSE(running.record(0).complete);
  EXPECT_FALSE(client.answer());
  EXPECT_EQ(running.server().metrics().connections_timed_out, 1U);
}

TEST(Limits, OfWhatWaitsUnsentForAReader) {
  RunningServer running({.write_time_max = milliseconds(100), .unsent_answer_bytes_max = 1000});
  auto client = running.connect(4096);
  std::string body;
  for (int i = 0; i < 1000; ++i) {
    body += "abcdefgh\n";
  }
  client.send(post("/lines?repeat=10000", body));
  EXPECT_FALSE(running.record(0).complete);
  EXPECT_EQ(running.server().metrics().connections_timed_out, 1U);
}

TEST(Limits, ServeAReaderThatTakesItsTime) {
  const RunningServer running;
  auto client = running.connect(4096);
  client.send(get("/big"));
  EXPECT_EQ(client.answer()->body.size(), test_support::big_bytes);
}

TEST(Limits, OfIdleTime) {
  RunningServer running({.idle_time_max = milliseconds(100)});
  auto never = running.connect();
  auto once = running.connect();
  EXPECT_EQ(once.ask(get("/hello"))->status, 200);
  EXPECT_TRUE(never.is_at_end());
  EXPECT_TRUE(once.is_at_end());
  EXPECT_EQ(running.server().metrics().connections_timed_out, 2U);
  auto blank = running.connect();
  blank.send("\r\n");
  EXPECT_TRUE(blank.is_at_end());
}

TEST(Limits, OfIdleTimeDoNotCountAHandlersTime) {
  RunningServer running({.header_time_max = milliseconds(50), .idle_time_max = milliseconds(50)});
  auto client = running.connect();
  client.send(get("/slow"));
  ASSERT_TRUE(running.slow_waits(1));
  std::this_thread::sleep_for(milliseconds(150));
  running.release_slow();
  EXPECT_EQ(client.answer()->body, "slow\n");
}

TEST(Limits, OfLingering) {
  RunningServer running({.linger_time_max = milliseconds(100)});
  auto client = running.connect();
  EXPECT_EQ(client.ask(get("/hello", "Connection: close\r\n"))->status, 200);
  EXPECT_TRUE(running.eventually([](const auto& now) { return now.connections_open == 0; }));
}

TEST(Limits, OfConnectionsCloseTheLongestIdleOne) {
  RunningServer running({.connections_max = 3});
  auto first = running.connect();
  auto second = running.connect();
  auto third = running.connect();
  for (auto* client : {&first, &second, &third, &first}) {
    EXPECT_EQ(client->ask(get("/hello"))->status, 200);
  }
  auto fourth = running.connect();
  EXPECT_EQ(fourth.ask(get("/hello"))->status, 200);
  EXPECT_TRUE(second.is_at_end());
  for (auto* client : {&first, &third, &fourth}) {
    EXPECT_EQ(client->ask(get("/hello"))->status, 200);
  }
  EXPECT_EQ(running.server().metrics().connections_evicted, 1U);
  EXPECT_TRUE(running.eventually([](const auto& now) { return now.connections_open == 3; }));
}

TEST(Limits, OfConnectionsRefuseOneMoreWhenNoneIsIdle) {
  RunningServer running({.connections_max = 2});
  auto first = running.connect();
  auto second = running.connect();
  first.send(get("/slow"));
  second.send(get("/slow"));
  ASSERT_TRUE(running.slow_waits(2));
  auto third = running.connect();
  const auto answer = third.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("retry-after"), "1");
  EXPECT_EQ(running.server().metrics().connections_refused, 1U);
  running.release_slow();
  EXPECT_EQ(first.answer()->body, "slow\n");
  EXPECT_EQ(second.answer()->body, "slow\n");
}

// Opens many connections that send half a header each, while requests on new ones are answered.
// Returns how many were.
int serve_among(const RunningServer& running, std::size_t hostile_count) {
  std::atomic<bool> is_over = false;
  std::atomic<int> answered = 0;
  std::jthread good([&] {
    while (!is_over) {
      answered += running.ask(get("/hello")).status == 200 ? 1 : 0;
    }
  });
  std::vector<HttpClient> hostile;
  hostile.reserve(hostile_count);
  for (std::size_t i = 0; i < hostile_count; ++i) {
    hostile.push_back(running.connect());
    hostile.back().send("GET /hello HTTP/1.1\r\nHost: ");
  }
  const int before = answered;
  while (answered < before + 20) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LE(running.metrics().connections_open, defaults.connections_max + 16);
  is_over = true;
  good.join();
  return answered;
}

TEST(Limits, OfConnectionsLetOthersBeServed) {
  test_support::allow_descriptors();
  const RunningServer running;
  constexpr std::size_t hostile_count = 2000;
  const auto settled = [](const auto& now) { return now.connections_open == 0; };
  EXPECT_GE(serve_among(running, hostile_count), 20);
  ASSERT_TRUE(running.eventually(settled));
  EXPECT_GE(running.metrics().connections_evicted, hostile_count - defaults.connections_max);
  running.forget_records();
  const auto before = allocated_bytes();
  EXPECT_GE(serve_among(running, hostile_count), 20);
  ASSERT_TRUE(running.eventually(settled));
  running.forget_records();
  EXPECT_LE(allocated_bytes(), before + (std::size_t{1} << 20U));
}

}  // namespace
}  // namespace wattback::http

// The server over real sockets: what HTTP asks of it.
#include "http/server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/uuid.h"
#include "support/http_client.h"
#include "support/running_server.h"

namespace wattback::http {
namespace {

using test_support::Answer;
using test_support::get;
using test_support::HttpClient;
using test_support::post;
using test_support::RunningServer;
using testing::HasSubstr;
using testing::Not;

TEST(Server, AnswersARequest) {
  const RunningServer running;
  const auto answer = running.ask(get("/hello"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello\n");
  EXPECT_EQ(answer.header("content-type"), "text/plain");
  EXPECT_EQ(answer.header("content-length"), "6");
  EXPECT_EQ(answer.header("date"), "Tue, 24 Nov 2026 10:33:00 GMT");
  EXPECT_EQ(answer.header("connection"), "");
}

TEST(Server, KeepsAConnection) {
  const RunningServer running;
  auto client = running.connect();
  for (const auto* item : {"a", "b%20c", "d"}) {
    EXPECT_EQ(client.ask(get(std::string("/items/") + item))->status, 200);
  }
  EXPECT_EQ(client.ask(post("/echo", "body"))->body, "body");
  EXPECT_EQ(client.ask(get("/items/x%2Fy"))->body, "x/y");
}

TEST(Server, EndsAConnectionWhenAsked) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(client.is_at_end());
}

TEST(Server, EndsAConnectionOfHttp10UnlessAsked) {
  const RunningServer running;
  auto client = running.connect();
  const auto kept = client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept->header("connection"), "keep-alive");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n")->header("connection"), "close");
  EXPECT_TRUE(client.is_at_end());
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const RunningServer running;
  constexpr int count = 50;
  std::string requests;
  for (int i = 0; i < count; ++i) {
    requests += i % 2 == 0 ? get("/items/" + std::to_string(i)) : post("/echo", std::to_string(i));
  }
  auto client = running.connect();
  client.send(requests);
  for (int i = 0; i < count; ++i) {
    const auto answer = client.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, std::to_string(i));
  }
}

TEST(Server, HasOneRequestOfAConnectionInFlight) {
  RunningServer running;
  auto client = running.connect();
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += get("/slow");
  }
  client.send(requests);
  ASSERT_TRUE(running.slow_waits(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(running.server().metrics().requests_in_flight, Limits::pipelined_requests_max);
  running.release_slow();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.answer()->status, 200);
  }
}

TEST(Server, AnswersHeadWithoutABody) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer =
      client.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", HttpClient::Expect::head_only);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("content-length"), "6");
  const auto missing =
      client.ask("HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", HttpClient::Expect::head_only);
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(client.ask(get("/hello"))->body, "hello\n");
}

TEST(Server, SendsNoBodyWith204) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask(get("/empty"));
  EXPECT_EQ(answer->status, 204);
  EXPECT_FALSE(answer->headers.contains("content-length"));
  EXPECT_EQ(client.ask(get("/shared"))->body, "shared\n");
}

TEST(Server, InvitesABodyThatWaits) {
  const RunningServer running;
  auto client = running.connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer()->status, 100);
  client.send("body");
  EXPECT_EQ(client.answer()->body, "body");
  EXPECT_EQ(client.ask(get("/hello"))->status, 200);
}

TEST(Server, DoesNotInviteABodyThatCame) {
  const RunningServer running;
  EXPECT_EQ(running.ask(post("/echo", "body", "Expect: 100-continue\r\n")).body, "body");
}

TEST(Server, DoesNotInviteABodyItRefuses) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask(
      "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->header("connection"), "close");
  client.finish_sending();
  EXPECT_TRUE(client.is_at_end());
}

TEST(Server, PutsChunksTogether) {
  const RunningServer running;
  EXPECT_EQ(running
                .ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
                .body,
            "abcde");
}

TEST(Server, SaysWhatIsWrongAsAProblem) {
  const RunningServer running;
  const auto answer = running.ask(get("/nowhere?secret=1", "X-Request-Id: abc\r\n"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  EXPECT_EQ(answer.header("x-request-id"), "abc");
  EXPECT_EQ(answer.body,
            R"({"type":"urn:wattback:problem:not_found","title":"There is nothing by that name",)"
            R"("status":404,"detail":"there is no such path","instance":"/nowhere",)"
            R"("code":"not_found","request_id":"abc"})");
}

TEST(Server, SaysWhichMethodsAPathTakes) {
  const RunningServer running;
  const auto answer = running.ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("allow"), "GET, HEAD");
  EXPECT_EQ(running.ask("BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n").header("allow"), "POST");
}

TEST(Server, RefusesWhatItCantRead) {
  const RunningServer running;
  const std::vector<std::pair<std::string, int>> refusals{
      {"nonsense\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},
      {"GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET /items/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /hello?a=1&a=2 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417},
      {"POST /lines HTTP/1.1\r\nHost: x\r\n\r\n", 411},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
  };
  for (const auto& [bytes, status] : refusals) {
    const auto answer = running.ask(bytes);
    EXPECT_EQ(answer.status, status) << bytes;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json") << bytes;
    EXPECT_THAT(answer.body, HasSubstr("\"request_id\":")) << bytes;
  }
  EXPECT_EQ(running.ask(get("/hello")).status, 200);
}

TEST(Server, EndsAConnectionWhoseFramingIsLost) {
  const RunningServer running;
  auto client = running.connect();
  EXPECT_EQ(client.ask("nonsense\r\n\r\n" + get("/hello"))->header("connection"), "close");
  EXPECT_TRUE(client.is_at_end());
}

TEST(Server, EndsAConnectionWhoseHeaderItRefused) {
  const RunningServer running;
  for (const auto* bytes :
       {"GET /hello HTTP/1.1\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n"}) {
    auto client = running.connect();
    EXPECT_EQ(client.ask(bytes)->header("connection"), "close") << bytes;
    EXPECT_TRUE(client.is_at_end()) << bytes;
  }
}

TEST(Server, AnswersABodyThatEndsTooEarly) {
  const RunningServer running;
  auto client = running.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  client.finish_sending();
  EXPECT_EQ(client.answer()->status, 400);
}

TEST(Server, HidesWhatAHandlerThrows) {
  RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask(get("/throws"));
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->body, HasSubstr("\"code\":\"internal\""));
  EXPECT_THAT(answer->body, Not(HasSubstr("secret")));
  EXPECT_EQ(client.ask(get("/hello"))->status, 200);
  EXPECT_EQ(running.record(0).log, "secret of the operator");
}

TEST(Server, SendsNoFieldThatHoldsALineEnd) {
  RunningServer running;
  const auto answer = running.ask(get("/bad"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_FALSE(answer.headers.contains("b"));
  EXPECT_THAT(running.record(0).log, HasSubstr("control character"));
}

TEST(Server, TakesARequestIdThatIsOne) {
  const RunningServer running;
  const auto id_for = [&](std::string_view given) {
    return running.ask(get("/hello", "X-Request-Id: " + std::string(given) + "\r\n"))
        .header("x-request-id");
  };
  const Limits limits;
  const std::string longest(limits.request_id_bytes_max, 'x');
  EXPECT_EQ(id_for("abc-123"), "abc-123");
  EXPECT_EQ(id_for(longest), longest);
  for (const auto& given :
       {std::string(), longest + "x", std::string("a b"), std::string("\xC3\xA9")}) {
    const auto made = parse_uuid(id_for(given));
    ASSERT_TRUE(made) << given;
    EXPECT_EQ(made->bytes[6] >> 4, 7);
  }
}

TEST(Server, RecordsEachAnswer) {
  RunningServer running;
  auto client = running.connect();
  client.ask(get("/items/7?x=y", "X-Request-Id: abc\r\n"));
  client.ask(post("/nowhere", "x"));
  const auto first = running.record(0);
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.route, "/items/{id}");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body_bytes, 1U);
  EXPECT_EQ(first.request_id, "abc");
  EXPECT_EQ(first.remote_address, "127.0.0.1");
  EXPECT_TRUE(first.complete);
  const auto second = running.record(1);
  EXPECT_EQ(second.route, "");
  EXPECT_EQ(second.status, 404);
}

TEST(Server, CountsByRouteAndStatus) {
  RunningServer running;
  auto client = running.connect();
  client.ask(get("/hello"));
  client.ask(get("/hello"));
  client.ask(get("/hello?%"));
  client.ask(get("/nowhere"));
  ASSERT_TRUE(running.eventually([](const auto& now) {
    return now.routes.back().answers.contains(404) && now.requests_in_flight == 0;
  }));
  const auto metrics = running.server().metrics();
  const auto& hello = metrics.routes.at(0);
  EXPECT_EQ(hello.method, "GET");
  EXPECT_EQ(hello.path, "/hello");
  EXPECT_EQ(hello.answers.at(200), 2U);
  EXPECT_EQ(hello.answers.at(400), 1U);
  EXPECT_EQ(hello.seconds.count(), 3U);
  EXPECT_EQ(metrics.connections_accepted, 1U);
  EXPECT_EQ(metrics.connections_open, 1U);
  EXPECT_EQ(metrics.requests_in_flight, 0U);
  EXPECT_FALSE(metrics.draining);
}

TEST(Server, ServesOnSeveralThreads) {
  RunningServer running({}, 4);
  std::vector<std::jthread> clients;
  clients.reserve(8);
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      auto client = running.connect();
      for (int n = 0; n < 50; ++n) {
        const auto answer = client.ask(get("/items/" + std::to_string(n)));
        answered += answer && answer->body == std::to_string(n) ? 1 : 0;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(answered, 400);
}

Result<std::unique_ptr<Server>> listen_on(std::string address, std::uint16_t port = 0) {
  return start_server({.address = std::move(address), .port = port, .clock = [] {
                         return test_support::fixture_now;
                       }});
}

TEST(Server, ListensOnLoopbackAlone) {
  for (const auto* address : {"0.0.0.0", "::", "10.0.0.1", "localhost", ""}) {
    const auto server = listen_on(address);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code, ErrorCode::invalid);
    EXPECT_THAT(server.error().detail, HasSubstr("TLS"));
  }
  EXPECT_TRUE(listen_on("127.0.0.2"));
}

TEST(Server, SaysThatAPortIsInUse) {
  const auto first = listen_on("127.0.0.1");
  ASSERT_TRUE(first);
  const auto port = (*first)->port();
  EXPECT_GT(port, 0);
  const auto second = listen_on("127.0.0.1", port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
  EXPECT_EQ(second.error().detail,
            "port " + std::to_string(port) + " of 127.0.0.1 is in use by another program");
  (*first)->stop();
  EXPECT_TRUE(listen_on("127.0.0.1", port));
}

TEST(Stopping, AnswersWhatIsInFlight) {
  RunningServer running;
  auto client = running.connect();
  auto idle = running.connect();
  EXPECT_EQ(idle.ask(get("/hello"))->status, 200);
  client.send(get("/slow"));
  ASSERT_TRUE(running.slow_waits(1));
  std::jthread stopping([&] { running.server().stop(); });
  EXPECT_TRUE(idle.is_at_end());
  ASSERT_TRUE(running.eventually([](const auto& now) { return now.draining; }));
  EXPECT_FALSE(running.connect().ask(get("/hello")));
  running.release_slow();
  const auto answer = client.answer();
  EXPECT_EQ(answer->body, "slow\n");
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(client.is_at_end());
  client.reset();
  stopping.join();
  EXPECT_EQ(running.server().metrics().connections_open, 0U);
}

TEST(Stopping, AnswersARequestThatHasBegun) {
  RunningServer running;
  auto client = running.connect();
  const auto request = get("/hello");
  EXPECT_EQ(client.ask(request + request.substr(0, 10))->status, 200);
  ASSERT_TRUE(running.eventually([](const auto& now) { return now.requests_in_flight == 0; }));
  const std::jthread stopping([&] { running.server().stop(); });
  ASSERT_TRUE(running.eventually([](const auto& now) { return now.draining; }));
  client.send(request.substr(10));
  const auto answer = client.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("connection"), "close");
  client.reset();
}

TEST(Stopping, EndsInTime) {
  RunningServer running({.drain_time_max = std::chrono::milliseconds(50)});
  auto client = running.connect();
  client.send(get("/slow"));
  ASSERT_TRUE(running.slow_waits(1));
  const auto began = std::chrono::steady_clock::now();
  running.server().stop();
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(50));
  EXPECT_TRUE(client.is_at_end());
  running.server().stop();  // again, to no effect
}

}  // namespace
}  // namespace wattback::http

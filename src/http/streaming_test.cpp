// Routes with Body::streamed, over real sockets.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include <string>

#include "support/http_client.h"
#include "support/running_server.h"

namespace wattback::http {
namespace {

using test_support::get;
using test_support::HttpClient;
using test_support::post;
using test_support::RunningServer;
using testing::HasSubstr;
using testing::Not;

std::string chunk(std::string_view text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

constexpr std::string_view chunked_head =
    "POST /lines HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(Streaming, AnswersLinesAsTheyCome) {
  const RunningServer running;
  auto client = running.connect();
  client.send(chunked_head);
  client.send(chunk("abc\nde"));
  std::string answer;
  while (!answer.contains("3\n")) {
    answer += client.some();
  }
  EXPECT_THAT(answer, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(answer, Not(HasSubstr("end\n")));
  client.send(chunk("\n"));
  answer = client.some();
  EXPECT_EQ(answer, "2\r\n2\n\r\n");
  client.send("0\r\n\r\n");
  std::string end;
  while (!end.ends_with("0\r\n\r\n")) {
    end += client.some();
  }
  EXPECT_EQ(end, "4\r\nend\n\r\n0\r\n\r\n");
  EXPECT_EQ(client.ask(get("/hello"))->body, "hello\n");
}

TEST(Streaming, TakesABodyOfALengthToo) {
  RunningServer running;
  auto client = running.connect();
  EXPECT_EQ(client.ask(post("/lines", "a\nbc\n"))->body, "1\n2\nend\n");
  EXPECT_EQ(client.ask(post("/lines", ""))->body, "end\n");
  EXPECT_EQ(client.ask(get("/hello"))->body, "hello\n");
  const auto record = running.record(0);
  EXPECT_EQ(record.route, "/lines");
  EXPECT_EQ(record.body_bytes, 8U);
  EXPECT_TRUE(record.complete);
}

TEST(Streaming, InvitesABodyOnceItIsRead) {
  const RunningServer running;
  auto client = running.connect();
  client.send(
      "POST /lines HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer()->status, 100);
  client.send("a\n");
  EXPECT_EQ(client.answer()->body, "1\nend\n");
}

TEST(Streaming, MayBeAnsweredByARefusal) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask(
      "POST /lines?refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(answer->header("connection"), "close");
}

TEST(Streaming, DeliversARefusalThoughMuchIsUnread) {
  const RunningServer running;
  auto client = running.connect();
  const std::string body(std::size_t{8} << 20U, 'x');
  EXPECT_EQ(client.ask(post("/lines?refuse", body))->status, 403);
}

TEST(Streaming, EndsTheConnectionWhenTheBodyIsNotReadToItsEnd) {
  const RunningServer running;
  auto client = running.connect();
  const std::string body(std::size_t{1} << 20U, 'x');
  client.send(post("/lines?stop", body));
  EXPECT_EQ(client.answer()->body, "end\n");
  client.finish_sending();
  EXPECT_TRUE(client.is_at_end());
}

TEST(Streaming, CutsAnAnswerWhoseHandlerThrows) {
  RunningServer running;
  auto client = running.connect();
  client.send(post("/lines?throw", "a\n"));
  EXPECT_FALSE(client.answer());
  EXPECT_EQ(running.record(0).log, "secret of the operator");
  EXPECT_FALSE(running.record(0).complete);
}

TEST(Streaming, AnswersAHandlerThatThrowsFirst) {
  const RunningServer running;
  const auto answer = running.ask(post("/lines?throw_first", "a\n"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
}

TEST(Streaming, SaysWhenTheBodyIsBroken) {
  const RunningServer running;
  auto client = running.connect();
  client.send(chunked_head);
  client.send(chunk("abc\n"));
  client.send("nonsense\r\n");
  EXPECT_EQ(client.answer()->body, "3\nfault\n");
  EXPECT_TRUE(client.is_at_end());
  EXPECT_EQ(running.ask(std::string(chunked_head) + "nonsense\r\n").status, 400);
}

TEST(Streaming, EndsAnAnswerOfHttp10WithTheConnection) {
  const RunningServer running;
  auto client = running.connect();
  const auto answer = client.ask("POST /lines HTTP/1.0\r\nContent-Length: 2\r\n\r\na\n");
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_EQ(answer->body, "1\nend\n");
}

TEST(Streaming, HandsABodyOnInPieces) {
  const Limits limits;
  RunningServer running;
  std::string body;
  for (int i = 0; i < 40'000; ++i) {
    body += "a line of sixty-odd bytes, which is about what a reading takes..\n";
  }
  const auto answer = running.ask(post("/lines", body));
  EXPECT_EQ(std::ranges::count(answer.body, '\n'), 40'001);
  EXPECT_GT(running.pieces(), body.size() / limits.body_piece_bytes_max);
  EXPECT_LE(running.piece_bytes_max(), limits.body_piece_bytes_max + limits.header_bytes_max);
}

// The client reads nothing until it has sent all, and both sides together hold less than that.
TEST(Streaming, KeepsSomeOfTheAnswerForAClientThatReadsLate) {
  RunningServer running({.unsent_answer_bytes_max = std::size_t{16} << 20U});
  auto client = running.connect(4096);
  std::string body;
  for (int i = 0; i < 10'000; ++i) {
    body += "abcdefgh\n";
  }
  ASSERT_TRUE(client.send(post("/lines?repeat=500", body)));
  const auto answer = client.answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(std::ranges::count(answer->body, '\n'), 5'000'001);
}

}  // namespace
}  // namespace wattback::http

#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace wattback::http {
namespace {

using namespace std::string_literals;

const Limits limits;

// The status a head is refused with; 0 when it is taken, -1 when more is wanted.
int status_of(std::string_view bytes) {
  RequestParser parser(limits);
  std::string_view rest = bytes;
  for (;;) {
    const auto used = parser.put_head(rest);
    if (!used) {
      return used.error().status;
    }
    rest.remove_prefix(*used);
    if (parser.is_head_done()) {
      return 0;
    }
    if (*used == 0 || rest.empty()) {
      return -1;
    }
  }
}

std::string request(std::string_view fields, std::string_view line = "POST /x HTTP/1.1") {
  return std::string(line) + "\r\nHost: localhost\r\n" + std::string(fields) + "\r\n";
}

struct Refusal {
  std::string_view why;
  std::string bytes;
  int status;
};

TEST(RequestParser, RefusesWhatCouldBeReadTwoWays) {
  const std::vector<Refusal> refusals{
      {"both lengths", request("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"both, the other way", request("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {"two lengths", request("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
      {"the same length twice", request("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {"a list of lengths", request("Content-Length: 3, 3\r\n"), 400},
      {"a signed length", request("Content-Length: +3\r\n"), 400},
      {"a negative length", request("Content-Length: -3\r\n"), 400},
      {"a length in hex", request("Content-Length: 0x3\r\n"), 400},
      {"a length beyond 64 bits", request("Content-Length: 18446744073709551616\r\n"), 400},
      {"no length", request("Content-Length: \r\n"), 400},
      {"an encoding not known", request("Transfer-Encoding: gzip\r\n"), 501},
      {"chunked not last", request("Transfer-Encoding: chunked, identity\r\n"), 501},
      {"chunked after another", request("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"almost chunked", request("Transfer-Encoding: xchunked\r\n"), 501},
      {"a tab in chunked", request("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"two encodings", request("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked twice", request("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       400},
      {"chunked in HTTP/1.0", request("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0"), 400},
      {"two hosts", request("Host: other\r\n"), 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"a host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"a blank before the colon", request("Content-Length : 3\r\n"), 400},
      {"a field without a colon", request("Content-Length\r\n"), 400},
      {"a field without a name", request(": 3\r\n"), 400},
      {"a field name with a blank", request("Content Length: 3\r\n"), 400},
      {"a NUL in a value", request("X: a\0b\r\n"s), 400},
      {"a bare CR in a value", request("X: a\rb\r\n"), 400},
      {"lines ended by LF", "GET / HTTP/1.1\nHost: localhost\n\n", 400},
      {"a blank before a first field", "GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
  };
  for (const auto& [why, bytes, status] : refusals) {
    EXPECT_EQ(status_of(bytes), status) << why;
  }
}

TEST(RequestParser, RefusesWhatIsNoRequest) {
  const std::vector<Refusal> refusals{
      {"no version", "GET /\r\nHost: localhost\r\n\r\n", 400},
      {"two targets", "GET / / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"no target", "GET  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"another protocol", "GET / HTTQ/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"a method that is no token", "G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s, 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: localhost\r\n\r\n", 505},
      {"another expectation", request("Expect: tea\r\n"), 417},
  };
  for (const auto& [why, bytes, status] : refusals) {
    EXPECT_EQ(status_of(bytes), status) << why;
  }
}

TEST(RequestParser, TakesWhatIsOne) {
  const std::vector<std::string> taken{
      request(""),
      request("Content-Length: 0\r\n"),
      request("content-length: 00003\r\n"),
      request("Transfer-Encoding: Chunked\r\n"),
      request("Expect: 100-Continue\r\n"),
      request("Connection: keep-alive, close\r\n"),
      request("X:\r\nY:  spaced \t\r\n"),
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n",
  };
  for (const auto& bytes : taken) {
    EXPECT_EQ(status_of(bytes), 0) << bytes;
  }
}

TEST(RequestParser, ReadsTheHead) {
  RequestParser parser(limits);
  const auto bytes = request("X-A: 1\r\nx-a: 2\r\nContent-Length: 5\r\nExpect: 100-continue\r\n");
  ASSERT_EQ(parser.put_head(bytes), bytes.size());
  const auto& head = parser.head();
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/x");
  EXPECT_EQ(*head.headers.find("x-a"), "1, 2");
  EXPECT_EQ(head.content_length, 5U);
  EXPECT_TRUE(head.has_body());
  EXPECT_TRUE(head.is_http_1_1);
  EXPECT_TRUE(head.keeps_alive);
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(parser.is_done());
}

// The body of a request that arrives byte by byte; nothing when its end is not seen.
std::optional<std::string> body_by_the_byte(std::string_view bytes) {
  RequestParser parser(limits);
  std::string waiting;
  std::string body;
  for (const char c : bytes) {
    waiting.push_back(c);
    const bool in_body = parser.is_head_done();
    const auto used =
        in_body ? parser.put_body(waiting, body).value() : parser.put_head(waiting).value();
    waiting.erase(0, used);
    if (!in_body && parser.is_head_done()) {
      parser.limit_body(4);
    }
  }
  return parser.is_done() && waiting.empty() ? std::optional(body) : std::nullopt;
}

TEST(RequestParser, ReadsByteByByte) {
  const auto head = "\r\n" + request("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(body_by_the_byte(head + "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: t\r\n\r\n"), "abcd");
  EXPECT_EQ(body_by_the_byte(head + "1\r\nd\r\n0\r\n\r\n"), "d");
  EXPECT_EQ(body_by_the_byte(head + "0\r\n\r\n"), "");
  EXPECT_EQ(body_by_the_byte(head + "0;x\r\nT: t\r\n\r\n"), "");
  EXPECT_EQ(body_by_the_byte(request("Content-Length: 3\r\n") + "abc"), "abc");
  EXPECT_EQ(body_by_the_byte(head + "0\r\n\r"), std::nullopt);
}

TEST(RequestParser, GivesAChunkOnceItIsThere) {
  RequestParser parser(limits);
  const auto head = request("Transfer-Encoding: chunked\r\n");
  ASSERT_EQ(parser.put_head(head), head.size());
  parser.limit_body(4);
  std::string body;
  EXPECT_EQ(parser.put_body("1\r", body), 0U);
  EXPECT_EQ(parser.put_body("1\r\nd\r\n", body), 4U);
  EXPECT_EQ(body, "d");
}

// What a chunked body of at most four bytes comes to.
std::expected<std::string, BodyFault> body_of(std::string_view chunks) {
  RequestParser parser(limits);
  const auto head = request("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(parser.put_head(head), head.size());
  parser.limit_body(4);
  std::string body;
  const auto used = parser.put_body(chunks, body);
  if (!used) {
    return std::unexpected(used.error());
  }
  return parser.is_done() ? body + "." : body;
}

TEST(RequestParser, ReadsChunks) {
  EXPECT_EQ(body_of("4\r\nabcd\r\n0\r\n\r\n"), "abcd.");
  EXPECT_EQ(body_of("0004\r\nabcd\r\n00\r\n\r\n"), "abcd.");
  EXPECT_EQ(body_of("4\r\nab"), "ab");
  EXPECT_EQ(body_of("0\r\n\r\nGET / HTTP/1.1"), ".");
}

TEST(RequestParser, RefusesBrokenChunks) {
  for (const std::string_view chunks :
       {"4\r\nabcde\r\n0\r\n\r\n", "x\r\n", "-1\r\n", "4 \r\nabcd\r\n", "4\nabcd\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n", "\r\n", "0x4\r\nabcd\r\n0\r\n\r\n"}) {
    EXPECT_EQ(body_of(chunks), std::unexpected(BodyFault::malformed)) << chunks;
  }
}

TEST(RequestParser, RefusesABodyThatIsTooLargeBeforeItCame) {
  EXPECT_EQ(body_of("5\r\n"), std::unexpected(BodyFault::too_large));
  EXPECT_EQ(body_of("3\r\nabc\r\n2\r\n"), std::unexpected(BodyFault::too_large));
  EXPECT_EQ(body_of("fffffffffffffff\r\n"), std::unexpected(BodyFault::too_large));
}

TEST(RequestParser, HasAnEndToExtensionsAndTrailers) {
  const std::string endless(limits.header_bytes_max + 1, 'x');
  EXPECT_EQ(body_of("4;" + endless), std::unexpected(BodyFault::malformed));
  EXPECT_EQ(body_of("0\r\nX: " + endless), std::unexpected(BodyFault::malformed));
  // However they arrive.
  EXPECT_EQ(body_of("4;" + endless + "\r\nabcd\r\n0\r\n\r\n"),
            std::unexpected(BodyFault::malformed));
  EXPECT_EQ(body_of("0\r\nX: " + endless + "\r\n\r\n"), std::unexpected(BodyFault::malformed));
  const std::string most(limits.header_bytes_max - 10, 'x');
  EXPECT_EQ(body_of("0\r\nX: " + most + "\r\n\r\n"), ".");
}

TEST(RequestParser, BoundsTheHead) {
  const std::string line(limits.header_bytes_max, 'x');
  EXPECT_EQ(status_of("GET /" + line), 414);
  EXPECT_EQ(status_of("GET /" + line.substr(0, limits.target_bytes_max) + " HTTP/1.1\r\n"), 414);
  EXPECT_EQ(status_of(request("X: " + line + "\r\n")), 431);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + line), 431);
  std::string fields;
  for (std::size_t i = 0; i < limits.header_fields_max; ++i) {
    fields += "X: y\r\n";
  }
  EXPECT_EQ(status_of(request(fields)), 431);
  EXPECT_EQ(status_of(request(fields.substr(6))), 0);
}

TEST(RequestParser, TakesAHeadOfJustTheMostBytes) {
  const auto rest = request("X: \r\n").size();
  EXPECT_EQ(status_of(request("X: " + std::string(limits.header_bytes_max - rest, 'x') + "\r\n")),
            0);
  EXPECT_EQ(
      status_of(request("X: " + std::string(limits.header_bytes_max - rest + 1, 'x') + "\r\n")),
      431);
}

}  // namespace
}  // namespace wattback::http

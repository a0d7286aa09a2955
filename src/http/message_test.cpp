#include "http/message.h"

#include <gtest/gtest.h>

namespace wattback::http {
namespace {

const Instant now = *parse_instant("2026-11-24T10:33:00.123Z");

TEST(Message, HasADateOfTheFixedForm) {
  EXPECT_EQ(http_date(now), "Tue, 24 Nov 2026 10:33:00 GMT");
  EXPECT_EQ(http_date(*parse_instant("1994-11-06T08:49:37.999Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(Instant{} - Milliseconds(1)), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(Message, HasItsHeadFirst) {
  const Response response{
      .status = 201, .content_type = "text/plain", .headers = {{"Location", "/x"}}};
  EXPECT_EQ(
      format_head(response,
                  {.now = now, .request_id = "r", .content_length = 3, .connection_word = "close"}),
      "HTTP/1.1 201 Created\r\nDate: Tue, 24 Nov 2026 10:33:00 GMT\r\nX-Request-Id: r\r\n"
      "Content-Type: text/plain\r\nLocation: /x\r\nContent-Length: 3\r\n"
      "Connection: close\r\n\r\n");
}

TEST(Message, SaysHowItEnds) {
  const auto head = [](Framing framing) {
    return format_head({.status = 204}, {.now = now, .request_id = "r", .framing = framing});
  };
  const std::string start =
      "HTTP/1.1 204 No Content\r\nDate: Tue, 24 Nov 2026 10:33:00 GMT\r\nX-Request-Id: r\r\n";
  EXPECT_EQ(head(Framing::none), start + "\r\n");
  EXPECT_EQ(head(Framing::end_of_connection), start + "\r\n");
  EXPECT_EQ(head(Framing::chunks), start + "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(head(Framing::length), start + "Content-Length: 0\r\n\r\n");
}

TEST(Message, CutsABodyInChunks) {
  std::string out;
  append_chunk(out, "0123456789abcdef");
  append_chunk(out, "");
  EXPECT_EQ(out, "10\r\n0123456789abcdef\r\n");
}

TEST(Message, NamesItsStatus) {
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(428), "Precondition Required");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

TEST(Message, SharesABodyWithoutCopyingIt) {
  const auto bytes = std::make_shared<const std::string>("bytes");
  EXPECT_EQ(text_of(ResponseBody{bytes}).data(), bytes->data());
  EXPECT_EQ(text_of(ResponseBody{std::string("own")}), "own");
  EXPECT_EQ(text_of(ResponseBody{std::shared_ptr<const std::string>()}), "");
}

}  // namespace
}  // namespace wattback::http

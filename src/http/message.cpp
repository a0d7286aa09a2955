#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <iterator>

#include "base/check.h"

namespace wattback::http {
namespace {

bool is_field_text(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  check(is_field_text(name) && is_field_text(value));
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view text_of(const ResponseBody& body) {
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body)) {
    return *shared ? std::string_view(**shared) : std::string_view();
  }
  return std::get<std::string>(body);
}

std::string_view reason_phrase(int status) {
  check(status >= 100 && status <= 999);
  const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
  const auto phrase = boost::beast::http::obsolete_reason(known);
  return known == boost::beast::http::status::unknown
             ? std::string_view("Unknown")
             : std::string_view(phrase.data(), phrase.size());
}

std::string format_head(const Response& response, const Envelope& envelope) {
  std::string head;
  head.reserve(512);
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", response.status,
                 reason_phrase(response.status));
  append_field(head, "Date", http_date(envelope.now));
  append_field(head, "X-Request-Id", envelope.request_id);
  if (!response.content_type.empty()) {
    append_field(head, "Content-Type", response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    append_field(head, name, value);
  }
  switch (envelope.framing) {
    case Framing::length:
      append_field(head, "Content-Length", fmt::format_int(envelope.content_length).c_str());
      break;
    case Framing::chunks:
      append_field(head, "Transfer-Encoding", "chunked");
      break;
    case Framing::none:
    case Framing::end_of_connection:
      break;
  }
  if (!envelope.connection_word.empty()) {
    append_field(head, "Connection", envelope.connection_word);
  }
  return head.append("\r\n");
}

void append_chunk(std::string& out, std::string_view text) {
  if (text.empty()) {
    return;
  }
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", text.size());
  out.append(text).append("\r\n");
}

std::string http_date(Instant instant) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(instant - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace wattback::http

// The bytes of answers as they go over the wire (RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/response.h"

namespace wattback::http {

// How the client knows where an answer's body ends.
enum class Framing : std::uint8_t { none, length, chunks, end_of_connection };

// What goes with an answer and is not the handler's to say.
struct Envelope {
  Instant now;
  std::string_view request_id;
  Framing framing = Framing::length;
  std::size_t content_length = 0;    // with Framing::length
  std::string_view connection_word;  // "close", "keep-alive", or empty where it need not be said
};

// Status line and fields, with the empty line that ends them.
std::string format_head(const Response& response, const Envelope& envelope);

void append_chunk(std::string& out, std::string_view text);  // nothing for an empty text
inline constexpr std::string_view last_chunk = "0\r\n\r\n";
inline constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

// An HTTP date (RFC 9110, 5.6.7): "Tue, 24 Nov 2026 10:33:00 GMT".
std::string http_date(Instant instant);

}  // namespace wattback::http

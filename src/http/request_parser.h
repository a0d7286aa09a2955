// One request read from the bytes of a connection (RFC 9112). Knows nothing of sockets, and hides
// Beast, whose grammar it uses. Beyond that grammar it refuses whatever two servers could read
// differently (request smuggling): a body with two lengths, an encoding other than chunked, several
// Hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/limits.h"
#include "http/problem.h"
#include "http/request.h"

namespace wattback::http {

struct RequestHead {
  std::string method;  // as sent
  std::string target;  // as sent
  NamedValues headers;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool is_http_1_1 = false;
  bool keeps_alive = false;
  bool expects_continue = false;

  bool has_body() const { return is_chunked || content_length.value_or(0) > 0; }
};

class RequestParser {
 public:
  explicit RequestParser(const Limits& limits);
  ~RequestParser();

  // Takes what it can of the bytes, returning how many; what is left of them must be given again,
  // with more after it. Line ends before the request are passed over. A Problem ends the
  // connection.
  std::expected<std::size_t, Problem> put_head(std::string_view bytes);
  bool has_begun() const;  // a byte of the request has been taken
  bool is_head_done() const;
  RequestHead& head();  // complete only when is_head_done
  const RequestHead& head() const;

  // The same for the body, whose bytes, without their encoding, are appended to `body`.
  std::expected<std::size_t, BodyFault> put_body(std::string_view bytes, std::string& body);
  void limit_body(std::size_t bytes_max);  // before the first put_body
  bool is_done() const;                    // body and all

 private:
  class Grammar;
  std::unique_ptr<Grammar> grammar_;
  std::size_t header_bytes_max_;
  std::size_t target_bytes_max_;
  std::size_t header_bytes_ = 0;
  bool awaits_chunk_ = false;  // what is there of a chunk's first line was not enough
};

}  // namespace wattback::http

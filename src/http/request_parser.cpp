#include "http/request_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/none.hpp>
#include <limits>
#include <utility>

#include "base/check.h"

namespace wattback::http {
namespace {

namespace beast = boost::beast;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view shortest_last_chunk = "0\r\n\r\n";
constexpr std::string_view host_punctuation = "-._~!$&'()*+;=:[]%";

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// What RFC 3986 lets stand in host and port.
bool is_host(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
           host_punctuation.contains(c);
  });
}

Problem malformed(std::string detail) {
  return problem_of(400, "malformed_request", std::move(detail));
}

Problem too_large(const Limits& limits) {
  return problem_of(431, "header_too_large",
                    fmt::format("a header has at most {} bytes and {} fields",
                                limits.header_bytes_max, limits.header_fields_max));
}

Problem too_long(std::size_t target_bytes_max) {
  return problem_of(414, "target_too_long",
                    fmt::format("a target has at most {} bytes", target_bytes_max));
}

// Whether a request line ends in a version, and of another major one than ours.
bool is_of_other_version(std::string_view line) {
  constexpr std::string_view pattern = "HTTP/d.d";
  if (line.size() <= pattern.size()) {
    return false;
  }
  const auto version = line.substr(line.size() - pattern.size());
  return std::ranges::equal(version, pattern,
                            [](char c, char expected) {
                              return expected == 'd' ? c >= '0' && c <= '9' : c == expected;
                            }) &&
         version[5] != '1';
}

}  // namespace

// Receives the parts of a request from Beast. The names of the overridden functions are Beast's.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  explicit Grammar(const Limits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.header_bytes_max, std::numeric_limits<std::uint32_t>::max())));
    body_limit(boost::none);  // counted here: the route, and so the limit, is known later
  }

  RequestHead head;
  std::optional<Problem> problem;  // why a part was not taken, where Beast has no error for it
  std::optional<BodyFault> fault;
  std::string* body = nullptr;  // where the body goes
  std::size_t body_left = 0;    // how much of it may still come
  bool has_line = false;

 private:
  using Code = beast::error_code;
  using Text = beast::string_view;

  void refuse(Problem why, Code& code) {
    problem = std::move(why);
    code = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, Text method, Text target, int version,
                       Code& code) override {
    has_line = true;
    head.method = method;
    head.target = target;
    head.is_http_1_1 = version == 11;
    if (target.size() > limits_.target_bytes_max) {
      refuse(too_long(limits_.target_bytes_max), code);
    }
  }

  void on_field_impl(beast::http::field field, Text name, Text value, Code& code) override {
    if (++fields_ > limits_.header_fields_max) {
      refuse(too_large(limits_), code);
      return;
    }
    if (is_header_done()) {
      return;  // a trailer: nothing here is told by one
    }
    using beast::http::field::content_length;
    using beast::http::field::host;
    using beast::http::field::transfer_encoding;
    for (const auto single : {host, content_length, transfer_encoding}) {
      if (field == single && head.headers.find(lower_case(name)) != nullptr) {
        refuse(malformed(fmt::format("{} is given twice", lower_case(name))), code);
        return;
      }
    }
    head.headers.join(lower_case(name), value);
  }

  void on_header_impl(Code& code) override {
    check_host(code);
    check_length(code);
    check_expectation(code);
    head.is_chunked = chunked();
    head.keeps_alive = !problem && keep_alive();  // what is refused stays unread in the input
  }

  void check_host(Code& code) {
    const auto* host = head.headers.find("host");
    if (host == nullptr && head.is_http_1_1) {
      refuse(malformed("host is missing"), code);
    } else if (host != nullptr && !is_host(*host)) {
      refuse(malformed("host is no host"), code);
    }
  }

  void check_length(Code& code) {
    const auto* length = head.headers.find("content-length");
    const auto* encoding = head.headers.find("transfer-encoding");
    if (length != nullptr) {
      if (encoding != nullptr || !is_digits(*length)) {
        refuse(malformed("the body has no one length"), code);
        return;
      }
      // Of a header just completed, this is the body's length.
      head.content_length = content_length().value_or(0);
    }
    if (encoding != nullptr && !head.is_http_1_1) {
      refuse(malformed("HTTP/1.0 has no transfer-encoding"), code);
    } else if (encoding != nullptr && (!chunked() || lower_case(*encoding) != "chunked")) {
      refuse(problem_of(501, "encoding_not_known", "the only transfer-encoding known is chunked"),
             code);
    }
  }

  void check_expectation(Code& code) {
    const auto* expectation = head.headers.find("expect");
    if (expectation == nullptr || !head.is_http_1_1) {
      return;
    }
    head.expects_continue = lower_case(*expectation) == "100-continue";
    if (!head.expects_continue) {
      refuse(problem_of(417, "expectation_failed", "the only expectation met is 100-continue"),
             code);
    }
  }

  std::size_t take(Text part, Code& code) {
    if (part.size() > body_left) {
      fault = BodyFault::too_large;
      code = beast::http::error::body_limit;
      return 0;
    }
    check(body != nullptr);
    body->append(part.data(), part.size());
    body_left -= part.size();
    return part.size();
  }

  void on_response_impl(int, Text, int, Code&) override { check(false); }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text part, Code& code) override { return take(part, code); }
  void on_chunk_header_impl(std::uint64_t size, Text, Code& code) override {
    if (size > body_left) {
      fault = BodyFault::too_large;
      code = beast::http::error::body_limit;
    }
  }
  std::size_t on_chunk_body_impl(std::uint64_t, Text part, Code& code) override {
    return take(part, code);
  }
  void on_finish_impl(Code&) override {}

  const Limits& limits_;
  std::size_t fields_ = 0;
};

RequestParser::RequestParser(const Limits& limits)
    : grammar_(std::make_unique<Grammar>(limits)),
      header_bytes_max_(limits.header_bytes_max),
      target_bytes_max_(limits.target_bytes_max) {}

RequestParser::~RequestParser() = default;

std::expected<std::size_t, Problem> RequestParser::put_head(std::string_view bytes) {
  check(!is_head_done());
  std::size_t used = 0;
  while (!has_begun() && bytes.substr(used).starts_with(line_end)) {
    used += line_end.size();
  }
  const auto rest = bytes.substr(used);
  if (rest.empty() || (!has_begun() && rest == line_end.substr(0, 1))) {
    return used;
  }
  beast::error_code code;
  const auto taken = grammar_->put({rest.data(), rest.size()}, code);
  if (grammar_->problem) {
    return std::unexpected(*grammar_->problem);
  }
  header_bytes_ += taken;
  const bool needs_more = code == beast::http::error::need_more;
  const auto header_bytes = header_bytes_ + (needs_more ? rest.size() - taken : 0);
  if (code == beast::http::error::header_limit || header_bytes > header_bytes_max_) {
    grammar_->head.keeps_alive = false;  // what is left of the header is no request
    return std::unexpected(
        grammar_->has_line
            ? problem_of(431, "header_too_large",
                         fmt::format("a header has at most {} bytes", header_bytes_max_))
            : too_long(target_bytes_max_));
  }
  if (code == beast::http::error::bad_version &&
      is_of_other_version(rest.substr(0, rest.find(line_end)))) {
    return std::unexpected(problem_of(505, "version_not_supported", "this server speaks HTTP/1.1"));
  }
  if (code && !needs_more) {
    return std::unexpected(malformed(fmt::format("the request has a {}", code.message())));
  }
  return used + taken;
}

bool RequestParser::has_begun() const { return grammar_->got_some(); }

bool RequestParser::is_head_done() const { return grammar_->is_header_done(); }

RequestHead& RequestParser::head() { return grammar_->head; }

const RequestHead& RequestParser::head() const { return grammar_->head; }

void RequestParser::limit_body(std::size_t bytes_max) { grammar_->body_left = bytes_max; }

bool RequestParser::is_done() const { return grammar_->is_done(); }

std::expected<std::size_t, BodyFault> RequestParser::put_body(std::string_view bytes,
                                                              std::string& body) {
  check(is_head_done());
  grammar_->body = &body;
  std::size_t used = 0;
  while (!is_done() && used < bytes.size()) {
    const auto rest = bytes.substr(used);
    // From where a chunk begins that many bytes are still to come, and of a last chunk that has
    // begun Beast takes no fewer.
    if (awaits_chunk_ && rest.size() < shortest_last_chunk.size()) {
      break;
    }
    const auto body_before = body.size();
    beast::error_code code;
    const auto taken = grammar_->put({rest.data(), rest.size()}, code);
    used += taken;
    awaits_chunk_ = code == beast::http::error::need_more;
    if (grammar_->fault) {
      return std::unexpected(*grammar_->fault);
    }
    // A chunk's extensions, or trailers: those taken, and those that wait for their end.
    const auto around_body = taken - (body.size() - body_before);
    if (std::max(around_body, awaits_chunk_ ? bytes.size() - used : 0) > header_bytes_max_) {
      return std::unexpected(BodyFault::malformed);
    }
    if (awaits_chunk_) {
      break;
    }
    if (code) {
      return std::unexpected(BodyFault::malformed);
    }
  }
  return used;
}

}  // namespace wattback::http

// The bytes of a connection as one HTTP request, within limits small enough to be met.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "fuzz/target.h"
#include "http/request_parser.h"
#include "http/target.h"

namespace wattback::fuzz {
namespace {

using http::Limits;
using http::NamedValues;
using http::RequestHead;
using http::RequestParser;

constexpr std::size_t body_bytes_max = 64;
constexpr std::size_t parameters_max = 8;

constexpr Limits small{.header_bytes_max = 512, .target_bytes_max = 128, .header_fields_max = 12};

enum class End : std::uint8_t { more, refused, done };

struct Outcome {
  End end = End::more;
  RequestHead head;
  std::string body;
  std::size_t used = 0;  // of the bytes, when it is done
};

// A request read as it arrives, so many bytes at a time.
class Arrival {
 public:
  Arrival(const Limits& limits, std::size_t body_max) : parser_(limits), body_max_(body_max) {}

  Outcome read(std::string_view bytes, std::size_t piece) {
    std::string waiting;
    for (std::size_t at = 0; at < bytes.size() && outcome_.end == End::more; at += piece) {
      waiting += bytes.substr(at, piece);
      while (outcome_.end == End::more && take(waiting)) {
      }
    }
    if (outcome_.end == End::done) {
      outcome_.head = parser_.head();
    }
    return std::move(outcome_);
  }

 private:
  // Whether it took anything.
  bool take(std::string& waiting) {
    std::size_t used = 0;
    if (!parser_.is_head_done()) {
      const auto taken = parser_.put_head(waiting);
      if (!taken) {
        require(taken.error().status >= 400 && taken.error().status < 600,
                "a refusal has a status");
        outcome_.end = End::refused;
        return false;
      }
      used = *taken;
      if (parser_.is_head_done()) {
        parser_.limit_body(body_max_);
      }
    } else {
      const auto taken = parser_.put_body(waiting, outcome_.body);
      if (!taken) {
        outcome_.end = End::refused;
        return false;
      }
      used = *taken;
    }
    require(used <= waiting.size(), "no more is taken than there is");
    require(outcome_.body.size() <= body_max_, "a body keeps its limit");
    waiting.erase(0, used);
    outcome_.used += used;
    if (parser_.is_head_done() && parser_.is_done()) {
      outcome_.end = End::done;
    }
    return used > 0;
  }

  RequestParser parser_;
  std::size_t body_max_;
  Outcome outcome_;
};

// Fields that say how the body comes; all others are the request's own.
bool is_of_body(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "expect";
}

// Without blanks at the end of a value: of "1" and an empty one, joined, there are.
std::vector<http::NamedValue> own_fields(const NamedValues& headers) {
  std::vector<http::NamedValue> fields(headers.begin(), headers.end());
  std::erase_if(fields, [](const auto& field) { return is_of_body(field.name); });
  for (auto& field : fields) {
    field.value.erase(field.value.find_last_not_of(' ') + 1);
  }
  return fields;
}

std::string written(const Outcome& request) {
  const auto& head = request.head;
  auto text =
      fmt::format("{} {} HTTP/1.{}\r\n", head.method, head.target, head.is_http_1_1 ? 1 : 0);
  for (const auto& [name, value] : own_fields(head.headers)) {
    text += fmt::format("{}: {}\r\n", name, value);
  }
  return text + fmt::format("content-length: {}\r\n\r\n", request.body.size()) + request.body;
}

void require_read_again(const Outcome& request) {
  const auto text = written(request);
  const auto again = Arrival(Limits{}, body_bytes_max).read(text, text.size());
  require(again.end == End::done && again.used == text.size(), "what was written is a request",
          text);
  require_round_trip(again.head.method == request.head.method &&
                         again.head.target == request.head.target && again.body == request.body &&
                         again.head.keeps_alive == request.head.keeps_alive &&
                         own_fields(again.head.headers) == own_fields(request.head.headers),
                     "what was read is read again", text);
}

std::string as_query(const NamedValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", http::percent_encode(name),
                        http::percent_encode(value));
  }
  return text;
}

void try_target(std::string_view text) {
  const auto target = http::parse_target(text);
  if (!target) {
    return;
  }
  if (const auto segments = http::path_segments(target->path)) {
    std::string path;
    for (const auto& segment : *segments) {
      path += "/" + http::percent_encode(segment);
    }
    require(http::path_segments(path) == segments, "a path is read again", path);
  }
  if (const auto values = http::parse_query(target->query, parameters_max)) {
    require(values->size() <= parameters_max, "a query keeps its limit");
    const auto query = as_query(*values);
    const auto again = http::parse_query(query, parameters_max);
    require(again && std::ranges::equal(*again, *values), "a query is read again", query);
  }
}

}  // namespace

void try_input(std::string_view bytes) {
  const auto whole =
      Arrival(small, body_bytes_max).read(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto slow = Arrival(small, body_bytes_max).read(bytes, 1);
  // What is no request may be found out later, when it arrives in pieces.
  require((whole.end == End::done) == (slow.end == End::done),
          "it is a request, however it arrives");
  if (whole.end == End::done) {
    require(written(whole) == written(slow) && whole.used == slow.used,
            "it is the same, however it arrives", written(whole));
    require_read_again(whole);
    try_target(whole.head.target);
  }
}

}  // namespace wattback::fuzz

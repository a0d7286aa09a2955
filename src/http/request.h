// One request as a handler sees it: complete, within every limit, and matched to a route.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/enum_names.h"
#include "base/time.h"

namespace wattback::http {

// What a handler returns: a coroutine that runs on the connection's I/O thread, and so must never
// block. What blocks runs on a pool (http/pool.h); what answers later is waited for with
// http/await.h. Name what is passed to a coroutine in a co_await: g++ 12 destroys some temporaries
// there twice.
template <class T>
using Task = boost::asio::awaitable<T>;

enum class Method : std::uint8_t { get, head, post, put, patch, remove };

struct NamedValue {
  std::string name;
  std::string value;

  bool operator==(const NamedValue&) const = default;
};

// Path parameters, query parameters or header fields, in the order received, each name once.
class NamedValues {
 public:
  const std::string* find(std::string_view name) const {
    for (const auto& entry : entries_) {
      if (entry.name == name) {
        return &entry.value;
      }
    }
    return nullptr;
  }
  void add(std::string name, std::string value) {  // a name that is not there yet
    entries_.push_back({std::move(name), std::move(value)});
  }
  void join(std::string name, std::string value);  // adds it, or appends it after ", "
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::vector<NamedValue> entries_;
};

struct Request {
  Method method = Method::get;  // head is matched to a get route, which need not know
  std::string target;           // as sent, without scheme and authority
  std::string path;             // of it, still percent-encoded, without the query
  std::size_t route = 0;        // its place in the table the server was given
  NamedValues parameters;       // of the path: decoded UTF-8, by their names in the template
  NamedValues query;            // decoded as a form (blank for +), UTF-8
  // By lower-case name. Fields sent more than once are one, joined with ", " (RFC 9110, 5.3), so
  // two Idempotency-Keys never pass for one.
  NamedValues headers;
  std::string body;  // whole; empty for a route with Body::streamed
  std::string remote_address;
  std::string request_id;  // the client's X-Request-Id, or one made here
  Instant arrived;         // when its header was complete
};

}  // namespace wattback::http

namespace wattback {

template <>
struct EnumNames<http::Method> {
  static constexpr std::array rows{
      std::pair{http::Method::get, "GET"},     std::pair{http::Method::head, "HEAD"},
      std::pair{http::Method::post, "POST"},   std::pair{http::Method::put, "PUT"},
      std::pair{http::Method::patch, "PATCH"}, std::pair{http::Method::remove, "DELETE"}};
};

}  // namespace wattback

// The server: accepts connections, speaks HTTP/1.1 (RFC 9110, 9112) with them, and hands each
// request to its owner's handler. What a client does wrong is answered here, before any handler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "http/limits.h"
#include "http/metrics.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"
#include "http/stream.h"

namespace wattback::http {

// Answers a request of a route with Body::whole. The request lives until the coroutine has ended.
using Handler = std::function<Task<Response>(Request&)>;

// Answers a request of a route with Body::streamed: through the stream, returning nothing, or, as
// long as it has not begun that, with a response. Body not read to its end ends the connection.
using StreamHandler =
    std::function<Task<std::optional<Response>>(Request&, RequestBody&, AnswerStream&)>;

// One answer, for the log. The request is gone when the observer has returned.
struct AccessRecord {
  Instant arrived;
  std::string_view method;  // as sent; empty where there was no request to read
  std::string_view route;   // the template; empty where none matched
  int status = 0;
  std::uint64_t body_bytes = 0;  // of the answer, as sent
  std::chrono::microseconds duration{};
  std::string_view request_id;
  std::string_view remote_address;
  std::string_view log;  // what an exception or an Error said; never shown to a client
  bool complete = true;  // false when the client did not take the whole answer
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // a loopback address
  std::uint16_t port = 0;             // 0: a free one
  unsigned threads = 1;               // of I/O; handlers of different connections share them
  Limits limits;
  Clock clock;
  std::vector<Route> routes;
  Handler handler;
  StreamHandler stream_handler;                       // needed where a route is streamed
  std::function<void(const AccessRecord&)> observer;  // may be empty; called on an I/O thread
};

// Hides Asio from its owner.
class Server {
 public:
  virtual ~Server() = default;  // stops

  virtual std::uint16_t port() const = 0;
  virtual ServerMetrics metrics() const = 0;

  // Accepts nothing more, closes what waits, lets what is in flight be answered with
  // `Connection: close`, and returns when all is closed, at the latest after drain_time_max. Not
  // from an I/O thread. A handler cut off by that is never resumed; whatever would resume it must
  // have ended before the server is destroyed.
  virtual void stop() = 0;
};

// Listens and serves from then on, on its own threads. `invalid` for an address that is not
// loopback, `unavailable` where the port is taken or may not be used.
Result<std::unique_ptr<Server>> start_server(ServerOptions options);

}  // namespace wattback::http

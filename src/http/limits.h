// What a client may ask of the server. Every bound of the protocol stands here; the server takes
// them as a value. A bound reached is answered as said beside it; "cut" means the connection is
// closed without more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wattback::http {

struct Limits {
  // Of a request's line and header fields together: 431, or 414 when the line alone is too long.
  std::size_t header_bytes_max = std::size_t{16} << 10U;
  std::size_t target_bytes_max = std::size_t{8} << 10U;  // 414
  std::size_t header_fields_max = 100;                   // 431
  std::size_t query_parameters_max = 64;                 // 400
  std::size_t request_id_bytes_max = 128;                // a longer one is replaced by ours

  // Of a body, after its chunks are put together: 413.
  std::size_t body_bytes_max = std::size_t{1} << 20U;
  std::size_t streamed_body_bytes_max = std::size_t{64} << 20U;  // of a route with Body::streamed
  // Of all bodies held in memory while they arrive: 503.
  std::size_t bodies_bytes_max = std::size_t{256} << 20U;
  // What is read of a streamed body at once, and so the most a handler is given at once.
  std::size_t body_piece_bytes_max = std::size_t{64} << 10U;

  // Open connections. One more closes the one that has waited longest for its next request; when
  // none waits, it is itself refused with 503.
  std::size_t connections_max = 1024;

  // Requests of one connection in flight: further ones wait unread in its socket. More than one
  // would need answers held back in order, and a client gains the same by another connection.
  static constexpr std::size_t pipelined_requests_max = 1;

  // From a request's first byte to the end of its header: 408. It does not start again with bytes.
  std::chrono::milliseconds header_time_max = std::chrono::seconds(10);
  // Each progress_bytes of a body, or what is left of it, arrive within: 408. While a handler does
  // not ask for more of a streamed body, time stands still.
  std::chrono::milliseconds body_time_max = std::chrono::seconds(30);
  // Each progress_bytes of an answer, or what is left of it, are taken within: cut.
  std::chrono::milliseconds write_time_max = std::chrono::seconds(30);
  std::size_t progress_bytes = std::size_t{64} << 10U;
  // Between an answer (or the connection's beginning) and the next request's first byte: cut.
  std::chrono::milliseconds idle_time_max = std::chrono::seconds(60);
  // After an answer that ends a connection with unread input, for the client to read it: cut.
  std::chrono::milliseconds linger_time_max = std::chrono::seconds(2);
  // From stop() until what is still in flight is cut.
  std::chrono::milliseconds drain_time_max = std::chrono::seconds(10);

  // Bytes of a streamed answer that wait in memory for a client that sends its whole body before it
  // reads; beyond, the handler waits.
  std::size_t unsent_answer_bytes_max = std::size_t{4} << 20U;
};

// Seconds of Retry-After in a 503.
inline constexpr int retry_overloaded_seconds = 1;
inline constexpr int retry_unavailable_seconds = 5;

}  // namespace wattback::http

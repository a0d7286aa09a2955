// What the server counts, as plain values. Totals are since the start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "http/request.h"

namespace wattback::http {

// Upper bounds in seconds.
inline constexpr std::array<double, 14> latency_bounds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
using LatencyHistogram = Histogram<latency_bounds.size()>;

struct RouteMetrics {
  std::string method;                        // empty for requests that matched no route
  std::string path;                          // the template; empty likewise
  std::map<int, std::uint64_t> answers;      // by status
  LatencyHistogram seconds{latency_bounds};  // from the complete header to the answer's last byte
};

struct ServerMetrics {
  std::uint64_t connections_open = 0;       // now
  std::uint64_t connections_accepted = 0;   // not counting those refused
  std::uint64_t connections_refused = 0;    // the server was full of busy ones
  std::uint64_t connections_evicted = 0;    // closed while waiting, to make room
  std::uint64_t connections_timed_out = 0;  // cut or answered 408 for what took too long
  std::uint64_t requests_in_flight = 0;     // now: from the complete header to the answer's end
  std::uint64_t body_bytes_held = 0;        // now, of bodies still arriving
  bool draining = false;
  std::vector<RouteMetrics> routes;  // as in the table; the last is for what matched none
};

}  // namespace wattback::http

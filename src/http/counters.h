// What the server counts, by whichever thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "http/metrics.h"
#include "http/router.h"

namespace wattback::http {

class Counters {
 public:
  explicit Counters(const std::vector<Route>& routes);

  std::atomic<std::uint64_t> connections_open = 0;
  std::atomic<std::uint64_t> connections_accepted = 0;
  std::atomic<std::uint64_t> connections_refused = 0;
  std::atomic<std::uint64_t> connections_evicted = 0;
  std::atomic<std::uint64_t> connections_timed_out = 0;
  std::atomic<std::uint64_t> requests_in_flight = 0;
  std::atomic<std::uint64_t> body_bytes_held = 0;

  void count_answer(std::optional<std::size_t> route, int status,
                    std::chrono::microseconds duration);

  ServerMetrics read() const;

 private:
  mutable std::mutex mutex_;
  std::vector<RouteMetrics> routes_;
};

}  // namespace wattback::http

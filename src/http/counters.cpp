#include "http/counters.h"

#include <string>

namespace wattback::http {

Counters::Counters(const std::vector<Route>& routes) : routes_(routes.size() + 1) {
  for (std::size_t route = 0; route < routes.size(); ++route) {
    routes_[route].method = to_text(routes[route].method);
    routes_[route].path = routes[route].path;
  }
}

void Counters::count_answer(std::optional<std::size_t> route, int status,
                            std::chrono::microseconds duration) {
  const std::scoped_lock lock(mutex_);
  auto& counted = routes_[route.value_or(routes_.size() - 1)];
  ++counted.answers[status];
  counted.seconds.observe(std::chrono::duration<double>(duration).count());
}

ServerMetrics Counters::read() const {
  const std::scoped_lock lock(mutex_);
  return {.connections_open = connections_open,
          .connections_accepted = connections_accepted,
          .connections_refused = connections_refused,
          .connections_evicted = connections_evicted,
          .connections_timed_out = connections_timed_out,
          .requests_in_flight = requests_in_flight,
          .body_bytes_held = body_bytes_held,
          .draining = false,
          .routes = routes_};
}

}  // namespace wattback::http

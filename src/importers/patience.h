// With a store that can't settle a command now. Until MongoDB ends its transaction, a minute by
// default, what a process was writing when it was killed is kept from all others, the one that goes
// on with its work too.
#pragma once

#include <chrono>
#include <optional>
#include <thread>

#include "base/time.h"

namespace wattback::importers {

class Patience {
 public:
  explicit Patience(Milliseconds longest) : longest_(longest) {}

  // Waits a moment before another try; false: it is at its end.
  bool wait() {
    const auto now = std::chrono::steady_clock::now();
    since_ = since_.value_or(now);
    if (now - *since_ >= longest_) {
      return false;
    }
    std::this_thread::sleep_for(pause);
    return true;
  }

  void renew() { since_.reset(); }

 private:
  static constexpr Milliseconds pause{500};

  Milliseconds longest_;
  std::optional<std::chrono::steady_clock::time_point> since_;
};

}  // namespace wattback::importers

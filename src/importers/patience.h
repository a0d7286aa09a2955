// With a store that can't settle a command now. A database server keeps what a process was writing
// when it was killed from all others, the one that goes on with its work too, until it ends the
// transaction; MongoDB does so after a minute to a minute and a half.
#pragma once

#include <chrono>
#include <optional>
#include <thread>

#include "base/time.h"
#include "importers/limits.h"
#include "store/store.h"

namespace wattback::importers {

// How long an operator's import goes on trying. A file's locks go with who held them.
inline Milliseconds unsettled_max_of(const store::Store& store) {
  return store.capabilities().remote ? Milliseconds(unsettled_max) : Milliseconds(0);
}

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

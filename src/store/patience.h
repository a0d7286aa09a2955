// With a store that can't settle something now. A database server keeps what a process was writing
// when it was killed from all others, the one that goes on with its work too, until it ends the
// transaction; MongoDB does so after a minute to a minute and a half.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "base/time.h"
#include "store/store.h"

namespace wattback::store {

// How long an operator's work goes on trying: longer than MongoDB keeps what a killed process had
// begun. That is a minute, looked at every half a minute.
inline constexpr std::chrono::seconds unsettled_max{100};

// From when on who waits is told so.
inline constexpr Milliseconds told_after{3'000};

// A file's locks go with who held them.
inline Milliseconds unsettled_max_of(const Store& store) {
  return store.capabilities().remote ? Milliseconds(unsettled_max) : Milliseconds(0);
}

// What passes while one waits: the time since whenever, and how to let it pass.
struct Waiting {
  std::function<Milliseconds()> now = [] {
    return std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  };
  std::function<void(Milliseconds)> sleep = [](Milliseconds time) {
    std::this_thread::sleep_for(time);
  };
};

class Patience {
 public:
  explicit Patience(Milliseconds longest, Waiting waiting = {})
      : longest_(longest), waiting_(std::move(waiting)) {}

  // Waits a moment before another try; false: it is at its end.
  bool wait(Milliseconds moment = Milliseconds(500)) {
    const auto now = waiting_.now();
    since_ = since_.value_or(now);
    if (now - *since_ >= longest_) {
      return false;
    }
    waiting_.sleep(moment);
    return true;
  }

  void renew() { since_.reset(); }

  // Whether it has waited for so long that it should be told.
  bool is_told() const { return since_ && waiting_.now() - *since_ >= told_after; }

 private:
  Milliseconds longest_;
  Waiting waiting_;
  std::optional<Milliseconds> since_;
};

}  // namespace wattback::store

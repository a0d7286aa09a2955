#include "store/sqlite/log_mover.h"

#include <stdexcept>
#include <utility>

#include "store/sqlite/limits.h"

namespace wattback::store::sqlite {

LogMover::LogMover(const SqliteOptions& options, std::mutex& writing)
    : options_(options), writing_(writing), thread_([this](const std::stop_token& stopped) {
        run(stopped);
      }) {}

void LogMover::wake() {
  {
    const std::scoped_lock lock(mutex_);
    is_long_ = true;
  }
  woken_.notify_one();
}

void LogMover::run(const std::stop_token& stopped) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!woken_.wait(lock, stopped, [this] { return is_long_; })) {
        return;
      }
    }
    try {
      move();
    } catch (const std::runtime_error&) {  // the file can't be opened once more
      connection_.reset();
    }
    const std::scoped_lock lock(mutex_);
    is_long_ = false;
  }
}

// What can't be moved now stays where it is, and is as safe there; the next commit wakes again.
void LogMover::move() {
  if (!connection_) {
    connection_.emplace(options_, Access::write, Moment::statement);
  }
  int before = 0;
  for (int pass = 0; pass < log_passes_max; ++pass) {
    const auto moved = connection_->move_log();
    if (!moved) {
      return;
    }
    if (*moved - std::exchange(before, *moved) <= log_rest_max) {
      break;
    }
  }
  const std::scoped_lock lock(writing_);
  connection_->move_log();
}

}  // namespace wattback::store::sqlite

#include "store/sqlite/log_mover.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "store/sqlite/limits.h"

namespace wattback::store::sqlite {

LogMover::LogMover(const SqliteOptions& options, std::mutex& writing)
    : options_(options),
      writing_(writing),
      thread_([this](const std::stop_token& stopped) { run(stopped); }) {}

void LogMover::wake() {
  {
    const std::scoped_lock lock(mutex_);
    is_long_ = true;
  }
  woken_.notify_one();
}

// A disk that failed to sync may say the next time that all is well, and has lost what it was
// given: then nothing is moved any more. Whatever is not moved is as safe in the log. After any
// other failure, such as too many open files, the next commit wakes again.
void LogMover::run(const std::stop_token& stopped) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!woken_.wait(lock, stopped, [this] { return is_long_; })) {
        return;
      }
      is_long_ = false;
    }
    try {
      if (!connection_) {
        connection_.emplace(options_, Access::write, Moment::statement);
      }
      move();
      is_failing_ = false;
    } catch (const NotSynced& failure) {
      tell(fmt::format("{}: the log is not moved into the file any more, and grows; start anew",
                       failure.what()));
      return;
    } catch (const std::exception& failure) {
      if (!std::exchange(is_failing_, true)) {
        tell(fmt::format("{}: the log can't be moved into the file for now, and grows",
                         failure.what()));
      }
    }
  }
}

void LogMover::tell(const std::string& what) const {
  if (options_.tell) {
    options_.tell(what);
  }
}

void LogMover::move() {
  for (int pass = 0; pass < log_passes_max; ++pass) {
    const auto log = connection_->move_log();
    if (!log) {
      return;
    }
    const int before = std::exchange(moved_, log->moved);
    const int more = log->moved < before ? log->moved : log->moved - before;  // begun anew, or not
    if (more > 0) {
      connection_->sync_file();
    } else if (log->moved < log->all) {
      return;  // somebody reads what is left
    }
    if (more <= log_rest_max) {
      move_the_rest();
      return;
    }
  }
}

void LogMover::move_the_rest() {
  const std::scoped_lock lock(writing_);
  connection_->move_log();
  moved_ = 0;
  const std::scoped_lock also(mutex_);
  is_long_ = false;  // as those who committed meanwhile found it
}

}  // namespace wattback::store::sqlite

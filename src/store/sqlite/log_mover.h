// Moves the write-ahead log into the file beside whoever writes to it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::store::sqlite {

// A thread with a connection of its own. Most of a long log is moved while commits go on and add to
// it; the rest is moved while none does, so that the next commit begins the log anew.
class LogMover {
 public:
  // `writing` is held by whoever writes to the file through this store. Both outlive the mover.
  LogMover(const SqliteOptions& options, std::mutex& writing);
  LogMover(const LogMover&) = delete;
  LogMover& operator=(const LogMover&) = delete;
  ~LogMover() = default;

  void wake();  // the log is long; by who holds `writing`

 private:
  void run(const std::stop_token& stopped);
  void tell(const std::string& what) const;
  void move();
  void move_the_rest();

  const SqliteOptions& options_;
  std::mutex& writing_;
  std::optional<Connection> connection_;  // of the thread, as is
  int moved_ = 0;                         // how many pages of the log, when last looked at
  bool is_failing_ = false;
  std::mutex mutex_;  // guards what follows; after `writing_`
  std::condition_variable_any woken_;
  bool is_long_ = false;
  std::jthread thread_;  // the last, so that it ends first
};

}  // namespace wattback::store::sqlite

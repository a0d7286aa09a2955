// One server at a time serves an embedded store, and none while it is brought to a newer schema;
// other commands may use it beside.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace wattback::app {

// Holds the lock of a store, a file beside it, until it goes or the process ends.
class ServeLock {
 public:
  // As its server. `conflict` naming the process that serves it, or that it is being migrated.
  static Result<ServeLock> take(const std::filesystem::path& store);

  // As one that migrates it, of which there may be several. `conflict` naming its server: one of an
  // older program would write on what it knows nothing of.
  static Result<ServeLock> keep_servers_out(const std::filesystem::path& store);

  ServeLock(ServeLock&& other) noexcept;
  ServeLock(const ServeLock&) = delete;
  ServeLock& operator=(const ServeLock&) = delete;
  ServeLock& operator=(ServeLock&&) = delete;
  ~ServeLock();

 private:
  explicit ServeLock(int file) : file_(file) {}

  int file_;  // a descriptor; -1: moved from
};

}  // namespace wattback::app

// One server at a time serves an embedded store; other commands may use it beside.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace wattback::app {

// Holds the lock of a store's server, a file beside the store, until it goes or the process ends.
class ServeLock {
 public:
  // `conflict` naming the process that holds it.
  static Result<ServeLock> take(const std::filesystem::path& store);

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

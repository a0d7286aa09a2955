// What a long command says of itself on standard error while it goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/environment.h"

namespace wattback::cli {

// Says what waits and why: on a terminal in a line that is written over, elsewhere once a reason.
class WaitingLine {
 public:
  explicit WaitingLine(const Environment& environment) : environment_(&environment) {}

  void tell(const std::string& what, const std::string& why);

 private:
  const Environment* environment_;
  std::string told_;
};

// A progress bar on a terminal; elsewhere only what it waits for.
class ProgressBar {
 public:
  ProgressBar(const Environment& environment, std::string what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // clears its line

  void show(std::int64_t done, std::int64_t total);
  void wait(const std::string& what, const std::string& why) { waiting_.tell(what, why); }

 private:
  std::ostream* terminal_ = nullptr;  // none: nothing is shown
  WaitingLine waiting_;
  std::string what_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace wattback::cli

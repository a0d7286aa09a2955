// A progress bar on a terminal; nothing elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/environment.h"

namespace wattback::cli {

class ProgressBar {
 public:
  ProgressBar(const Environment& environment, std::string what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // clears its line

  void show(std::int64_t done, std::int64_t total);

 private:
  std::ostream* terminal_ = nullptr;  // none: nothing is shown
  std::string what_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace wattback::cli

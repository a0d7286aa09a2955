// What is typed on a terminal and must not be seen.
#pragma once

#include <termios.h>

#include <array>
#include <csignal>

namespace wattback::cli {

// While there is one, what is typed on standard input does not show: a terminal's echo is off. It
// is put back at the end, and before a signal ends the process. One at a time.
class HiddenInput {
 public:
  HiddenInput();
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput();

 private:
  static constexpr std::array ending_signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

  bool is_hidden_ = false;
  std::array<struct sigaction, ending_signals.size()> before_{};
};

}  // namespace wattback::cli

#include "cli/hidden_input.h"

#include <unistd.h>

namespace wattback::cli {
namespace {

termios as_it_was{};  // of the terminal, for a handler of signals

void show_and_end(int signal) {
  tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);  // may be called here (POSIX.1-2024, 2.4.3)
  raise(signal);  // which ends the process, SA_RESETHAND having put back what it does
}

}  // namespace

HiddenInput::HiddenInput() {
  if (tcgetattr(STDIN_FILENO, &as_it_was) != 0) {
    return;
  }
  struct sigaction showing{};
  showing.sa_handler = show_and_end;
  showing.sa_flags = static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    sigaction(ending_signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_DFL) {  // whoever ignores it goes on
      sigaction(ending_signals[i], &showing, nullptr);
    }
  }
  auto hidden = as_it_was;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  hidden.c_lflag |= ECHONL;  // the end of the line shows
  is_hidden_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
}

HiddenInput::~HiddenInput() {
  if (!is_hidden_) {
    return;
  }
  tcsetattr(STDIN_FILENO, TCSANOW, &as_it_was);
  for (std::size_t i = 0; i < ending_signals.size(); ++i) {
    sigaction(ending_signals[i], &before_[i], nullptr);
  }
}

}  // namespace wattback::cli

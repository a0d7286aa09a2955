#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace wattback::cli {
namespace {

constexpr std::int64_t cells = 30;
constexpr std::chrono::milliseconds pause{100};

}  // namespace

void WaitingLine::tell(const std::string& what, const std::string& why) {
  const bool is_terminal = environment_->err_is_terminal;
  if (is_terminal || told_ != why) {
    *environment_->err << fmt::format("{}{} waits: {}{}", is_terminal ? "\r\x1b[K" : "", what, why,
                                      is_terminal ? "" : "\n")
                       << std::flush;
  }
  told_ = why;
}

ProgressBar::ProgressBar(const Environment& environment, std::string what)
    : terminal_(environment.err_is_terminal ? environment.err : nullptr),
      waiting_(environment),
      what_(std::move(what)) {}

ProgressBar::~ProgressBar() {
  if (terminal_ != nullptr) {
    *terminal_ << "\r\x1b[K" << std::flush;
  }
}

void ProgressBar::show(std::int64_t done, std::int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (terminal_ == nullptr || total <= 0 || now - shown_ < pause) {
    return;
  }
  shown_ = now;
  const auto part = std::clamp<std::int64_t>(done, 0, total);
  const auto full = static_cast<std::size_t>(part * cells / total);
  *terminal_ << fmt::format("\r\x1b[K{} [{}{}] {:3}%", what_, std::string(full, '#'),
                            std::string(static_cast<std::size_t>(cells) - full, ' '),
                            part * 100 / total)
             << std::flush;
}

}  // namespace wattback::cli

// A condition that only a programmer's error can break. It stays in release builds: a wrong balance
// written is worse than a process ended. Never for input, which answers with an Error.
#pragma once

#include <source_location>

namespace wattback {

[[noreturn]] void check_failed(std::source_location where);

inline void check(bool condition, std::source_location where = std::source_location::current()) {
  if (!condition) [[unlikely]] {
    check_failed(where);
  }
}

}  // namespace wattback

// How a command ends, as its process says it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace wattback::cli {

enum ExitCode : std::uint8_t {
  exit_done = 0,
  exit_failed = 1,
  exit_invalid = 2,
  exit_not_found = 3,
  exit_refused = 4,
  exit_conflict = 5,
  exit_unavailable = 6,
};

inline constexpr std::array<std::pair<ExitCode, std::string_view>, 7> exit_codes{{
    {exit_done, "Done."},
    {exit_failed,
     "Failed, or what was checked does not hold. An import that rejected lines: the rest is taken "
     "in."},
    {exit_invalid,
     "The command line, a setting or an input is invalid; so is a setting that names a file which "
     "can't be read."},
    {exit_not_found, "What is named does not exist."},
    {exit_refused,
     "Refused: the balance, the stock, a limit or a permission does not allow it, or what can't be "
     "undone was not confirmed and --yes is missing."},
    {exit_conflict, "It exists already, or another change came first."},
    {exit_unavailable, "The store can't be reached, or is too busy; try again."},
}};

}  // namespace wattback::cli

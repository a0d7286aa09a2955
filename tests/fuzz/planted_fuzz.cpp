// Whole numbers, written without their sign: a fault that the driver's own test has it find.
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "fuzz/target.h"

namespace wattback::fuzz {
namespace {

std::optional<std::int16_t> parse_number(std::string_view text) {
  std::int16_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                 : std::nullopt;
}

std::string to_text(std::int16_t number) { return fmt::format("{}", std::abs(number)); }

}  // namespace

void try_input(std::string_view bytes) {
  if (const auto number = parse_number(bytes)) {
    require_round_trip(parse_number(to_text(*number)) == number, "a number is read again", bytes);
  }
}

}  // namespace wattback::fuzz

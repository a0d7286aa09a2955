// Decimal text read exactly into a scaled integer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wattback {

// How text with more digits than the scale is read.
enum class Rounding : std::uint8_t { refuse, half_even };

// [+-]digits[.digits][(e|E)[+-]digits], times 10^scale, as an integer. `invalid` when it is not
// that form, when digits would be lost and rounding is `refuse`, or when the magnitude exceeds
// 2^62.
Result<std::int64_t> parse_decimal(std::string_view text, int scale, Rounding rounding);

// The inverse: value / 10^scale without trailing zeros.
std::string format_decimal(std::int64_t value, int scale);

}  // namespace wattback

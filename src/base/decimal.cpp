#include "base/decimal.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/check.h"

namespace wattback {
namespace {

constexpr std::int64_t magnitude_max = std::int64_t{1} << 62U;
constexpr std::size_t text_max = 64;
constexpr int exponent_max = 64;

struct Parts {
  bool negative = false;
  std::string digits;  // all of them, without the point
  int exponent = 0;    // the value is digits * 10^exponent
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> parse_exponent(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  int exponent = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (code != std::errc{} || end != text.data() + text.size() || exponent > exponent_max ||
      exponent < -exponent_max) {
    return std::nullopt;
  }
  return exponent;
}

std::optional<Parts> split(std::string_view text) {
  Parts parts;
  if (text.empty() || text.size() > text_max) {
    return std::nullopt;
  }
  if (text.front() == '-' || text.front() == '+') {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (const auto mark = text.find_first_of("eE"); mark != std::string_view::npos) {
    const auto exponent = parse_exponent(text.substr(mark + 1));
    if (!exponent) {
      return std::nullopt;
    }
    parts.exponent = *exponent;
    text = text.substr(0, mark);
  }
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || (point != std::string_view::npos && fraction.empty()) ||
      !std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(fraction, is_digit)) {
    return std::nullopt;
  }
  parts.digits = std::string(whole) + std::string(fraction);
  parts.exponent -= static_cast<int>(fraction.size());
  return parts;
}

// Whether the digits dropped after `kept` round the last kept one up, half to even.
bool rounds_up(std::string_view kept, std::string_view dropped) {
  if (dropped.front() != '5') {
    return dropped.front() > '5';
  }
  if (dropped.find_first_not_of('0', 1) != std::string_view::npos) {
    return true;
  }
  return !kept.empty() && (kept.back() - '0') % 2 == 1;
}

}  // namespace

Result<std::int64_t> parse_decimal(std::string_view text, int scale, Rounding rounding) {
  auto parts = split(text);
  if (!parts) {
    return fail(ErrorCode::invalid, "not a decimal number");
  }
  const int shift = parts->exponent + scale;
  bool round_up = false;
  if (shift >= 0) {
    parts->digits.append(static_cast<std::size_t>(shift), '0');
  } else {
    const auto drop = static_cast<std::size_t>(-shift);
    if (parts->digits.size() < drop + 1) {
      parts->digits.insert(0, drop + 1 - parts->digits.size(), '0');
    }
    const auto kept = parts->digits.size() - drop;
    const std::string dropped = parts->digits.substr(kept);
    parts->digits.resize(kept);
    if (rounding == Rounding::refuse && dropped.find_first_not_of('0') != std::string::npos) {
      return fail(ErrorCode::invalid, "more decimal places than can be kept");
    }
    round_up = rounds_up(parts->digits, dropped);
  }
  std::int64_t value = 0;
  for (const char digit : parts->digits) {
    if (value > magnitude_max / 10) {
      return fail(ErrorCode::invalid, "out of range");
    }
    value = value * 10 + (digit - '0');
  }
  value += round_up ? 1 : 0;
  if (value > magnitude_max) {
    return fail(ErrorCode::invalid, "out of range");
  }
  return parts->negative ? -value : value;
}

std::string format_decimal(std::int64_t value, int scale) {
  check(scale >= 0);
  const bool negative = value < 0;
  std::string digits = std::to_string(value);
  if (negative) {
    digits.erase(0, 1);
  }
  const auto places = static_cast<std::size_t>(scale);
  if (digits.size() < places + 1) {
    digits.insert(0, places + 1 - digits.size(), '0');
  }
  std::string fraction = digits.substr(digits.size() - places);
  digits.resize(digits.size() - places);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return (negative ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
}

}  // namespace wattback

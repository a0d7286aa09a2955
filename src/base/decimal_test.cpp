#include "base/decimal.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

namespace wattback {
namespace {

std::int64_t value_of(std::string_view text, int scale, Rounding rounding = Rounding::refuse) {
  const auto value = parse_decimal(text, scale, rounding);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(std::numeric_limits<std::int64_t>::min());
}

std::string refusal_of(std::string_view text, int scale, Rounding rounding = Rounding::refuse) {
  const auto value = parse_decimal(text, scale, rounding);
  EXPECT_FALSE(value.has_value()) << text << " was read as " << value.value_or(0);
  if (value) {
    return "";
  }
  EXPECT_EQ(value.error().code, ErrorCode::invalid) << text;
  return value.error().detail;
}

TEST(Decimal, ReadsTheForm) {
  EXPECT_EQ(value_of("0", 6), 0);
  EXPECT_EQ(value_of("-0", 6), 0);
  EXPECT_EQ(value_of("+7", 0), 7);
  EXPECT_EQ(value_of("1.5", 6), 1'500'000);
  EXPECT_EQ(value_of("-1.5", 1), -15);
  EXPECT_EQ(value_of("007.250", 2), 725);
  EXPECT_EQ(value_of("12.3e2", 0), 1230);
  EXPECT_EQ(value_of("12.3E+2", 0), 1230);
  EXPECT_EQ(value_of("123e-2", 2), 123);
  EXPECT_EQ(value_of("0e64", 6), 0);
  EXPECT_EQ(value_of("0e-64", 6), 0);
  EXPECT_EQ(value_of("1200", -2), 12);
}

TEST(Decimal, RefusesAnyOtherForm) {
  for (const auto* text :
       {"",    " ",   "-",   "+",     ".",    "1.",    ".5",           "1..2",  "1.2.3",
        "--1", "+-1", "1e",  "1e+",   "1e-",  "1e+-2", "1e--2",        "1e1.5", "1e1e1",
        " 1",  "1 ",  "1,5", "1'000", "0x10", "1f",    "inf",          "-inf",  "nan",
        "NaN", "١",   "1\n", "e5",    "1e65", "1e-65", "1e99999999999"}) {
    EXPECT_EQ(refusal_of(text, 6, Rounding::half_even), "not a decimal number");
  }
  EXPECT_EQ(refusal_of(std::string("1\0", 2), 0), "not a decimal number");
}

TEST(Decimal, BoundsTheTextsLength) {
  EXPECT_EQ(value_of("0." + std::string(62, '0'), 6), 0);
  EXPECT_EQ(refusal_of("0." + std::string(63, '0'), 6), "not a decimal number");
}

TEST(Decimal, RefusesToLoseDigitsUnlessAskedToRound) {
  EXPECT_EQ(refusal_of("0.0000001", 6), "more decimal places than can be kept");
  EXPECT_EQ(refusal_of("15", -1), "more decimal places than can be kept");
  EXPECT_EQ(value_of("0.1000000", 1), 1) << "zeros are no loss";
  EXPECT_EQ(value_of("150", -1), 15);
}

TEST(Decimal, RoundsHalfToEven) {
  const auto rounded = [](std::string_view text) { return value_of(text, 0, Rounding::half_even); };
  EXPECT_EQ(rounded("0.5"), 0);
  EXPECT_EQ(rounded("1.5"), 2);
  EXPECT_EQ(rounded("2.5"), 2);
  EXPECT_EQ(rounded("-0.5"), 0);
  EXPECT_EQ(rounded("-1.5"), -2);
  EXPECT_EQ(rounded("-2.5"), -2);
  EXPECT_EQ(rounded("2.50000000000000000000000000000000001"), 3) << "above the tie";
  EXPECT_EQ(rounded("2.49999999999999999999999999999999999"), 2) << "below it";
  EXPECT_EQ(rounded("9.5"), 10) << "the carry runs through";
  EXPECT_EQ(rounded("0.05"), 0);
  EXPECT_EQ(rounded("0.51"), 1);
  EXPECT_EQ(rounded("5e-1"), 0);
  EXPECT_EQ(rounded("5e-64"), 0) << "far below the last digit kept";
}

TEST(Decimal, BoundsTheMagnitude) {
  constexpr std::int64_t magnitude_max = std::int64_t{1} << 62U;
  EXPECT_EQ(value_of("4611686018427387904", 0), magnitude_max);
  EXPECT_EQ(value_of("-4611686018427387904", 0), -magnitude_max);
  EXPECT_EQ(refusal_of("4611686018427387905", 0), "out of range");
  EXPECT_EQ(refusal_of("-4611686018427387905", 0), "out of range");
  EXPECT_EQ(refusal_of("4611686018427387904.5000001", 0, Rounding::half_even), "out of range");
  EXPECT_EQ(refusal_of("9223372036854775808", 0), "out of range");
  EXPECT_EQ(refusal_of("1e64", 6), "out of range");
  EXPECT_EQ(refusal_of(std::string(64, '9'), 0), "out of range");
}

TEST(Decimal, WritesWithoutTrailingZeros) {
  EXPECT_EQ(format_decimal(0, 6), "0");
  EXPECT_EQ(format_decimal(12'000'000, 6), "12");
  EXPECT_EQ(format_decimal(78'000, 6), "0.078");
  EXPECT_EQ(format_decimal(-1, 6), "-0.000001");
  EXPECT_EQ(format_decimal(-1'500'000, 6), "-1.5");
  EXPECT_EQ(format_decimal(120, 0), "120");
  EXPECT_EQ(format_decimal(std::numeric_limits<std::int64_t>::min(), 3), "-9223372036854775.808");
}

TEST(Decimal, WhatIsWrittenReadsBack) {
  std::mt19937_64 random(20'260'101);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> (2U + random() % 61U);
    const int scale = static_cast<int>(random() % 10U);
    EXPECT_EQ(value_of(format_decimal(value, scale), scale), value) << "scale " << scale;
  }
}

// Rounding by text is held against rounding by integer arithmetic.
TEST(Decimal, RoundsAsIntegerArithmeticDoes) {
  std::mt19937_64 random(20'260'102);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() % 2'000'000U) - 1'000'000;
    std::int64_t quotient = value / 100;
    const std::int64_t rest = std::abs(value % 100);
    if (rest > 50 || (rest == 50 && quotient % 2 != 0)) {
      quotient += value < 0 ? -1 : 1;
    }
    EXPECT_EQ(value_of(format_decimal(value, 5), 3, Rounding::half_even), quotient) << value;
  }
}

}  // namespace
}  // namespace wattback

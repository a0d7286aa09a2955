#include "base/energy.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <limits>
#include <random>

namespace wattback {
namespace {

std::int64_t count_of(std::string_view text, int exponent = 3) {
  const auto energy = parse_energy(text, exponent);
  EXPECT_TRUE(energy.has_value()) << text;
  return energy ? energy->milliwatt_hours : -1;
}

TEST(Energy, ReadsKilowattHours) {
  EXPECT_EQ(count_of("0"), 0);
  EXPECT_EQ(count_of("1"), 1'000'000);
  EXPECT_EQ(count_of("0.078"), 78'000);
  EXPECT_EQ(count_of("-1.25"), -1'250'000);
  EXPECT_EQ(count_of("2.5e-3"), 2'500);
}

TEST(Energy, ReadsOtherUnitsByTheirExponent) {
  EXPECT_EQ(count_of("304", 0), 304'000) << "watt-hours";
  EXPECT_EQ(count_of("1.5", 6), 1'500'000'000) << "megawatt-hours";
  EXPECT_EQ(count_of("304", -3), 304) << "milliwatt-hours";
  EXPECT_EQ(count_of("12345", -6), 12) << "microwatt-hours round";
}

TEST(Energy, RoundsTheNoiseOfFloatingPoint) {
  EXPECT_EQ(count_of("0.028999999999999998"), 29'000);
  EXPECT_EQ(count_of("0.30000000000000004"), 300'000);
}

TEST(Energy, RoundsHalfToEvenMilliwattHours) {
  EXPECT_EQ(count_of("0.0000005"), 0);
  EXPECT_EQ(count_of("0.0000015"), 2);
  EXPECT_EQ(count_of("0.0000025"), 2);
  EXPECT_EQ(count_of("0.00000250000000001"), 3);
  EXPECT_EQ(count_of("-0.0000015"), -2);
  EXPECT_EQ(count_of("-0.0000025"), -2);
}

TEST(Energy, RefusesWhatIsNoNumberOrTooLarge) {
  for (const auto* text : {"", "1,5", "1 kWh", "nan", "inf", "0x1p3"}) {
    const auto energy = parse_energy(text);
    ASSERT_FALSE(energy.has_value()) << text;
    EXPECT_EQ(energy.error().code, ErrorCode::invalid);
    EXPECT_EQ(energy.error().detail, "not a decimal number");
  }
  EXPECT_EQ(count_of(to_text(energy_max)), energy_max.milliwatt_hours);
  for (const auto* text : {"1125899906.842625", "-1125899906.842625", "1e10", "1e60"}) {
    const auto energy = parse_energy(text);
    ASSERT_FALSE(energy.has_value()) << text;
    EXPECT_EQ(energy.error().detail, "out of range");
  }
}

TEST(Energy, WritesKilowattHours) {
  EXPECT_EQ(to_text(Energy{0}), "0");
  EXPECT_EQ(to_text(Energy{1}), "0.000001");
  EXPECT_EQ(to_text(Energy{12'000'000}), "12");
  EXPECT_EQ(to_text(Energy{-78'000}), "-0.078");
}

// What lets a store keep kWh as a double: the count survives, at every magnitude.
TEST(Energy, EveryCountSurvivesAsKilowattHours) {
  const auto survives = [](std::int64_t count) {
    ASSERT_EQ(from_kwh(to_kwh(Energy{count})).milliwatt_hours, count);
    ASSERT_EQ(from_kwh(to_kwh(Energy{-count})).milliwatt_hours, -count);
    ASSERT_EQ(count_of(to_text(Energy{count})), count);
  };
  std::mt19937_64 random(20'260'103);
  for (int i = 0; i < 100'000; ++i) {
    survives(static_cast<std::int64_t>((random() >> 14U) >> (random() % 50U)));
  }
  for (std::int64_t power = 1; power <= energy_max.milliwatt_hours; power *= 2) {
    survives(power - 1);
    survives(power);
  }
  for (std::int64_t step = 0; step < 100'000; ++step) {
    survives(step);
    survives(energy_max.milliwatt_hours - step);
  }
}

// A double's shortest text, which JSON and SQLite give, reads as the same count.
TEST(Energy, TheTextOfAStoredNumberReadsAsTheSameCount) {
  std::mt19937_64 random(20'260'104);
  for (int i = 0; i < 20'000; ++i) {
    const auto count = static_cast<std::int64_t>((random() >> 14U) >> (random() % 50U));
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.17g", to_kwh(Energy{count}));
    EXPECT_EQ(count_of({text.data(), static_cast<std::size_t>(size)}), count);
  }
}

TEST(Energy, AddsAndSubtracts) {
  Energy energy{5};
  energy += Energy{7};
  EXPECT_EQ(energy, Energy{12});
  EXPECT_EQ(energy + Energy{1}, Energy{13});
  EXPECT_EQ(energy - Energy{20}, Energy{-8});
  EXPECT_LT(Energy{1}, Energy{2});
}

TEST(Energy, ASumBeyondTheLargestReadingIsTheNearestDouble) {
  EXPECT_EQ(to_kwh(Energy{energy_max.milliwatt_hours + 1}), 1'125'899'906.842625);
  EXPECT_EQ(to_kwh(Energy{std::numeric_limits<std::int64_t>::max()}), 9'223'372'036'854.775);
}

TEST(EnergyDeathTest, KilowattHoursOutOfRangeAreAProgrammersError) {
  EXPECT_DEATH(from_kwh(1e300), "a condition does not hold");
  EXPECT_DEATH(from_kwh(std::numeric_limits<double>::quiet_NaN()), "a condition does not hold");
}

TEST(EnergyType, HasTheWordsOfTheDatabaseDesign) {
  EXPECT_EQ(to_text(EnergyType::renewable), "Renewable");
  EXPECT_EQ(to_text(EnergyType::non_renewable), "Non-Renewable");
  EXPECT_EQ(from_text<EnergyType>("Renewable"), EnergyType::renewable);
  EXPECT_EQ(from_text<EnergyType>("Non-Renewable"), EnergyType::non_renewable);
  for (const auto* text : {"", "renewable", "Non-renewable", "Non Renewable", "Renewable "}) {
    EXPECT_EQ(from_text<EnergyType>(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace wattback

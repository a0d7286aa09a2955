#include "cli/demo_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/sha256.h"

namespace wattback::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr double days_a_year = 365.25;
constexpr int midsummer_day = 172;
constexpr double noon = 12.5;
constexpr double summer_half_day = 8.0;  // hours from noon to dark
constexpr double winter_half_day = 4.0;
constexpr double milliwatt_hours_per_kwh = 1e6;

// A number from 0 to 1 that looks like chance and is the same every time.
double wobble(const std::string& email, EnergyType type, Instant start) {
  const auto digest = sha256(fmt::format("{} {} {}", email, to_text(type), to_text(start)));
  return static_cast<double>(digest[0] * 256 + digest[1]) / 65535.0;
}

// 1 at midsummer, 0 at midwinter, in the north.
double summer(Day day) {
  const auto year = std::chrono::year_month_day(day).year();
  const auto of_year = (day - make_day(static_cast<int>(year), 1, 1)).count();
  const auto angle =
      2 * std::numbers::pi * static_cast<double>(of_year - midsummer_day) / days_a_year;
  return (1 + std::cos(angle)) / 2;
}

double solar_kwh(const DemoMember& member, Day day, int hour, double chance) {
  const double half_day = winter_half_day + (summer_half_day - winter_half_day) * summer(day);
  const double from_noon = std::abs(hour + 0.5 - noon);
  if (from_noon >= half_day) {
    return 0;
  }
  const double height = std::cos(from_noon / half_day * std::numbers::pi / 2);
  return member.solar_peak_kwh * height * (0.3 + 0.7 * summer(day)) * (0.25 + 0.75 * chance);
}

double grid_kwh(const DemoMember& member, Day day, int hour, double chance) {
  const bool morning = hour >= 6 && hour < 9;
  const bool evening = hour >= 17 && hour < 22;
  const double times = evening ? 3.5 : morning ? 2.0 : 1.0;
  const double heating = 1.6 - 0.6 * summer(day);
  return member.base_load_kwh * times * heating * (0.6 + 0.8 * chance);
}

}  // namespace

const std::vector<DemoMember>& demo_members() {
  static const std::vector<DemoMember> members = [] {
    constexpr std::array<std::pair<double, double>, 12> homes{{{2.8, 0.21},
                                                               {4.5, 0.34},
                                                               {1.4, 0.12},
                                                               {3.6, 0.28},
                                                               {0.8, 0.18},
                                                               {5.2, 0.41},
                                                               {2.1, 0.16},
                                                               {3.1, 0.25},
                                                               {1.9, 0.30},
                                                               {4.0, 0.22},
                                                               {2.4, 0.37},
                                                               {0.6, 0.10}}};
    std::vector<DemoMember> made;
    made.reserve(homes.size());
    for (std::size_t i = 0; i < homes.size(); ++i) {
      made.push_back({.name = fmt::format("Household {}", i + 1),
                      .email = fmt::format("household{}@example.org", i + 1),
                      .solar_peak_kwh = homes[i].first,
                      .base_load_kwh = homes[i].second});
    }
    return made;
  }();
  return members;
}

const std::vector<DemoReward>& demo_rewards() {
  static const std::vector<DemoReward> rewards{
      {"LED bulbs", "Four bulbs of 8 W, warm white.", {400}, 200},
      {"Draught excluder", "Keeps a door's warmth in.", {600}, 120},
      {"Smart plug", "Measures and switches one socket.", {900}, 150},
      {"Shower timer", "Four minutes of sand.", {250}, 300},
      {"Bus day pass", "One day on all city lines.", {500}, 500},
      {"Tree planted", "One tree in the co-operative's wood.", {1200}, 1000},
      {"Bill credit 10", "10 off the next electricity bill.", {2000}, 400},
      {"Bill credit 50", "50 off the next electricity bill.", {9000}, 80},
      {"Bicycle service", "A full service at the workshop.", {3500}, 40},
      {"Home energy audit", "A visit with a thermal camera and a written plan.", {15000}, 10},
  };
  return rewards;
}

std::vector<usage::ReadingInput> demo_readings(const DemoMember& member, EnergyType type, Day day,
                                               Instant until) {
  std::vector<usage::ReadingInput> readings;
  const Instant midnight(day.time_since_epoch());
  for (int hour = 0; hour < 24; ++hour) {
    const auto start = midnight + hours(hour);
    if (start + hours(1) > until) {
      break;
    }
    const double chance = wobble(member.email, type, start);
    const double kwh = type == EnergyType::renewable ? solar_kwh(member, day, hour, chance)
                                                     : grid_kwh(member, day, hour, chance);
    // Meters count whole watt-hours.
    const auto watt_hours = std::llround(kwh * milliwatt_hours_per_kwh / 1000);
    readings.push_back({.interval = {.start = start, .duration = hours(1)},
                        .energy = {watt_hours * 1000},
                        .type = type});
  }
  return readings;
}

}  // namespace wattback::cli

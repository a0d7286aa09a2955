// A demonstration programme: made-up households, the same every time but for the dates, which end
// with the hour before it is made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/points.h"
#include "cli/environment.h"
#include "usage/reading.h"

namespace wattback::cli {

struct DemoMember {
  std::string name;
  std::string email;
  double solar_peak_kwh = 0;  // what its panels give in the best hour
  double base_load_kwh = 0;   // what the house draws in a quiet hour
};

struct DemoReward {
  std::string name;
  std::string description;
  Points points_required;
  std::int64_t stock = 0;
};

const std::vector<DemoMember>& demo_members();  // a dozen
const std::vector<DemoReward>& demo_rewards();  // ten

inline constexpr int demo_days = 730;

// The hourly readings of one member's UTC day, solar (renewable) or from the grid, up to `until`.
std::vector<usage::ReadingInput> demo_readings(const DemoMember& member, EnergyType type, Day day,
                                               Instant until);

}  // namespace wattback::cli

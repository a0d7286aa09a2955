#include "base/energy.h"

#include <cmath>
#include <cstdlib>

#include "base/check.h"
#include "base/decimal.h"

namespace wattback {
namespace {

constexpr int milliwatt_hour_scale = 3;  // 1 Wh = 10^3 mWh
constexpr int kwh_scale = 6;             // 1 kWh = 10^6 mWh
constexpr double milliwatt_hours_per_kwh = 1e6;

}  // namespace

Result<Energy> parse_energy(std::string_view decimal, int exponent) {
  const auto count = parse_decimal(decimal, exponent + milliwatt_hour_scale, Rounding::half_even);
  if (!count) {
    return std::unexpected(count.error());
  }
  if (std::abs(*count) > energy_max.milliwatt_hours) {
    return fail(ErrorCode::invalid, "out of range");
  }
  return Energy{*count};
}

double to_kwh(Energy energy) {
  return static_cast<double>(energy.milliwatt_hours) / milliwatt_hours_per_kwh;
}

Energy from_kwh(double kwh) {
  check(std::abs(kwh * milliwatt_hours_per_kwh) <= static_cast<double>(energy_max.milliwatt_hours));
  return Energy{std::llround(kwh * milliwatt_hours_per_kwh)};
}

std::string to_text(Energy energy) { return format_decimal(energy.milliwatt_hours, kwh_scale); }

}  // namespace wattback

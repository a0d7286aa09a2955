// Energy as an integer count of milliwatt-hours (mWh, 10^-6 kWh). Text and stored numbers are kWh.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/enum_names.h"
#include "base/error.h"

namespace wattback {

enum class EnergyType : std::uint8_t { renewable, non_renewable };

template <>
struct EnumNames<EnergyType> {
  static constexpr std::array rows{std::pair{EnergyType::renewable, "Renewable"},
                                   std::pair{EnergyType::non_renewable, "Non-Renewable"}};
};

struct Energy {
  std::int64_t milliwatt_hours = 0;

  auto operator<=>(const Energy&) const = default;
  Energy& operator+=(Energy other) {
    milliwatt_hours += other.milliwatt_hours;
    return *this;
  }
  friend Energy operator+(Energy a, Energy b) { return a += b; }
  friend Energy operator-(Energy a, Energy b) { return {a.milliwatt_hours - b.milliwatt_hours}; }
};

// Below this a kWh double gives back the exact count of mWh.
inline constexpr Energy energy_max{std::int64_t{1} << 50U};

// The one place where energy is rounded: a decimal number of units of 10^exponent Wh becomes mWh,
// half-even. Kilowatt-hours have exponent 3. `invalid` for text that is no decimal number or out of
// range (its magnitude above energy_max).
Result<Energy> parse_energy(std::string_view decimal, int exponent = 3);

double to_kwh(Energy energy);        // of a sum beyond energy_max, the double next to it
Energy from_kwh(double kwh);         // the inverse of to_kwh, for what a store gives back
std::string to_text(Energy energy);  // kWh, exact, without trailing zeros: "0.078", "12"

}  // namespace wattback

// How energy earns points. A version of the rules never changes; a day is awarded by the version in
// force that day, as a pure function of the day's energies.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/energy.h"
#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::earning {

struct EarningRules {
  std::int64_t rules_version = 1;   // counts from 1
  Day effective_day;                // the first local day it is in force
  store::Integers rates;            // thousandths of a point per kWh, by energy type's word
  std::optional<Points> daily_cap;  // a member and day at most
  Instant created_at;
  Actor created_by;

  std::int64_t rate(
      EnergyType type) const;  // thousandths of a point per kWh; 0 where none is given
};

inline constexpr store::Collection collection{"earning_rules"};
inline constexpr std::int64_t rate_max = 1'000'000;  // 1,000 points a kWh
inline constexpr std::int64_t rules_versions_max = 1000;
inline constexpr Points daily_cap_max{1'000'000'000};

// No member's day may hold more of one energy type, so that an award always fits 64 bits:
// 2 types * 4*10^12 mWh * 10^6 = 8*10^18 nanopoints.
inline constexpr Energy day_energy_max{4'000'000'000'000};

const store::Codec<EarningRules>& codec();
store::Key key(std::int64_t rules_version);

// What an operator may decide of a version; the rest is given when it is published.
struct RuleTerms {
  store::Integers rates;
  std::optional<Points> daily_cap;

  bool operator==(const RuleTerms&) const = default;
};

RuleTerms default_terms();  // 10 points a renewable kWh, 0 otherwise, no cap
Result<void> check_terms(const RuleTerms& terms);

// A local day's energy, by type.
struct DayEnergy {
  Energy renewable;
  Energy non_renewable;

  bool operator==(const DayEnergy&) const = default;
  Energy& of(EnergyType type) { return type == EnergyType::renewable ? renewable : non_renewable; }
};

// min(cap, sum over energy types of energy times rate), exactly.
Nanopoints award(const EarningRules& rules, const DayEnergy& energy);

// The version in force on a day: of those effective by then the latest, on equal days the later
// version. `versions` holds version 1, which is in force for all days.
const EarningRules& in_force(std::span<const EarningRules> versions, Day day);

}  // namespace wattback::earning

#include "earning/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace wattback::earning {

std::int64_t EarningRules::rate(EnergyType type) const {
  const auto found = rates.find(std::string(to_text(type)));
  return found == rates.end() ? 0 : found->second;
}

const store::Codec<EarningRules>& codec() {
  static const store::Codec<EarningRules> codec(
      collection, {store::field<&EarningRules::rules_version>("rules_version"),
                   store::field<&EarningRules::effective_day>("effective_day"),
                   store::field<&EarningRules::rates>("rates"),
                   store::field<&EarningRules::daily_cap>("daily_cap"),
                   store::field<&EarningRules::created_at>("created_at"),
                   store::field<&EarningRules::created_by>("created_by")});
  return codec;
}

store::Key key(std::int64_t rules_version) {
  return {.collection = collection, .values = {rules_version}};
}

RuleTerms default_terms() {
  return {.rates = {{std::string(to_text(EnergyType::renewable)), 10'000},
                    {std::string(to_text(EnergyType::non_renewable)), 0}},
          .daily_cap = std::nullopt};
}

Result<void> check_terms(const RuleTerms& terms) {
  for (const auto& [name, rate] : terms.rates) {
    if (!from_text<EnergyType>(name)) {
      return fail_field("rates", fmt::format("'{}' is no energy type", name));
    }
    if (rate < 0 || rate > rate_max) {
      return fail_field("rates",
                        fmt::format("a rate must be 0 to {} points a kWh", rate_max / 1000));
    }
  }
  if (terms.daily_cap && (terms.daily_cap->count < 0 || *terms.daily_cap > daily_cap_max)) {
    return fail_field("daily_cap", fmt::format("must be 0 to {}", daily_cap_max.count));
  }
  return {};
}

Nanopoints award(const EarningRules& rules, const DayEnergy& energy) {
  check(energy.renewable <= day_energy_max);
  check(energy.non_renewable <= day_energy_max);
  const std::int64_t sum =
      energy.renewable.milliwatt_hours * rules.rate(EnergyType::renewable) +
      energy.non_renewable.milliwatt_hours * rules.rate(EnergyType::non_renewable);
  if (!rules.daily_cap) {
    return {sum};
  }
  return {std::min(sum, rules.daily_cap->count * nanopoints_per_point)};
}

const EarningRules& in_force(std::span<const EarningRules> versions, Day day) {
  const EarningRules* latest = nullptr;
  for (const auto& rules : versions) {
    const bool later = latest == nullptr || rules.effective_day > latest->effective_day ||
                       (rules.effective_day == latest->effective_day &&
                        rules.rules_version > latest->rules_version);
    if (rules.rules_version == 1 || rules.effective_day <= day) {
      latest = later ? &rules : latest;
    }
  }
  check(latest != nullptr);
  return *latest;
}

}  // namespace wattback::earning

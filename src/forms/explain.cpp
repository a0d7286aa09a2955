#include "forms/explain.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "forms/forms.h"

namespace wattback::forms {
namespace {

constexpr int rate_scale = 3;
constexpr int nanopoint_scale = 9;

std::string points_text(Nanopoints exact) { return format_decimal(exact.count, nanopoint_scale); }

// "12.5 kWh Renewable x 10 + 3 kWh Non-Renewable x 0 = 125 points"
std::string award_text(const earning::DayEnergy& energy, const earning::EarningRules& rules,
                       Nanopoints award) {
  const auto part = [&rules](Energy amount, EnergyType type) {
    return fmt::format("{} kWh {} x {}", to_text(amount), to_text(type),
                       format_decimal(rules.rate(type), rate_scale));
  };
  const auto sum = fmt::format("{} + {}", part(energy.renewable, EnergyType::renewable),
                               part(energy.non_renewable, EnergyType::non_renewable));
  const auto capped =
      rules.daily_cap ? fmt::format("min({}, {})", rules.daily_cap->count, sum) : sum;
  return fmt::format("{} = {} points", capped, points_text(award));
}

json::object rules_form(const earning::EarningRules& rules) {
  json::object rates;
  for (const auto& [name, rate] : rules.rates) {
    rates[name] = rate;
  }
  return {{"rules_version", rules.rules_version},
          {"effective_day", to_text(rules.effective_day)},
          {"rates_milli", std::move(rates)},
          {"daily_cap", rules.daily_cap ? json::value(rules.daily_cap->count) : nullptr}};
}

json::array readings_form(const std::vector<usage::Reading>& readings) {
  json::array rows;
  for (const auto& reading : readings) {
    rows.push_back(json::object{{"date", to_text(reading.date)},
                                {"duration_s", reading.duration.count()},
                                {"energy_type", to_text(reading.energy_type)},
                                {"energy_mwh", reading.energy_consumed.milliwatt_hours},
                                {"points_earned", reading.points_earned.count},
                                {"revision", reading.revision},
                                {"usage_id", to_text(reading.usage_id)}});
  }
  return rows;
}

// An entry keeps the day's energies of then, not its readings.
std::string readings_note(const earning::DayEnergy& then, const earning::DayEnergy& now) {
  return then == now
             ? "as they stand now"
             : "as they stand now; readings taken in or corrected since changed the energies "
               "of the day";
}

// How an award's change became points: with the carry before it, rounded down to whole points.
std::string rounding_text(const points::Entry& entry, Nanopoints carry_before) {
  return fmt::format("carry {} + change {} = {} point(s) and carry {}", points_text(carry_before),
                     points_text(*entry.day_award_change), (entry.points - entry.owed).count,
                     points_text(entry.carry));
}

json::array entries_form(const std::vector<points::AwardEntry>& entries) {
  json::array rows;
  for (const auto& [entry, carry_before] : entries) {
    rows.push_back(json::object{{"seq", entry.seq},
                                {"carry_before_nanopoints", carry_before.count},
                                {"day_award_change_nanopoints", entry.day_award_change->count},
                                {"points", (entry.points - entry.owed).count},
                                {"carry_nanopoints", entry.carry.count},
                                {"rounding", rounding_text(entry, carry_before)}});
  }
  return rows;
}

}  // namespace

json::object explain_form(const usage::DayExplanation& day) {
  const auto& daily = day.daily;
  return {{"day", to_text(daily.day)},
          {"rules", rules_form(day.rules)},
          {"renewable_mwh", daily.renewable.milliwatt_hours},
          {"non_renewable_mwh", daily.non_renewable.milliwatt_hours},
          {"award_nanopoints", daily.award.count},
          {"arithmetic", award_text(daily.energy(), day.rules, daily.award)},
          {"points_earned", daily.points_earned.count},
          {"entries", entries_form(day.entries)},
          {"readings", readings_form(day.readings)}};
}

json::object explain_form(const usage::EntryExplanation& explanation) {
  const auto& entry = explanation.entry;
  auto form = form_of(entry);
  form["carry_before_nanopoints"] = explanation.carry_before.count;
  form["carry_nanopoints"] = entry.carry.count;
  if (explanation.day) {
    const earning::DayEnergy energy{*entry.day_renewable, *entry.day_non_renewable};
    form["rules"] = rules_form(explanation.day->rules);
    form["day_renewable_mwh"] = energy.renewable.milliwatt_hours;
    form["day_non_renewable_mwh"] = energy.non_renewable.milliwatt_hours;
    form["day_award_nanopoints"] = entry.day_award->count;
    form["day_award_change_nanopoints"] = entry.day_award_change->count;
    form["arithmetic"] = award_text(energy, explanation.day->rules, *entry.day_award);
    form["rounding"] = rounding_text(entry, explanation.carry_before);
    form["readings_are"] = readings_note(energy, explanation.day->daily.energy());
    form["readings"] = readings_form(explanation.day->readings);
  }
  return form;
}

}  // namespace wattback::forms

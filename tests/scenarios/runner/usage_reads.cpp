#include <fmt/format.h>

#include "base/decimal.h"
#include "meters/reads.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"
#include "usage/explain.h"
#include "usage/reads.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

Answer show_reading(World& world, const Step& step) {
  const auto user = world.user(step.value("user"));
  const auto meter = meters::resolve(world.store(), user, step.find("meter"), std::nullopt);
  const auto type = step.find("type").value_or("Renewable");
  const auto reading =
      usage::find(world.store(), user,
                  derive_usage_id(user, meter.meter_id, to_instant(step.value("start")), type));
  if (!reading) {
    return not_found("reading");
  }
  return {.facts = {{"kwh", to_text(reading->energy_consumed)},
                    {"points", to_text(reading->points_earned)},
                    {"day", to_text(reading->day)},
                    {"quality", reading->quality ? std::to_string(*reading->quality) : "none"},
                    {"as_of", to_text(reading->as_of)},
                    {"revision", std::to_string(reading->revision)},
                    {"rules", std::to_string(reading->rules_version)}}};
}

Answer list_readings(World& world, const Step& step) {
  const usage::ReadingFilter filter{.from = read_option(step, "from", to_instant),
                                    .before = read_option(step, "before", to_instant),
                                    .type = read_option(step, "type", to_word<EnergyType>)};
  Answer answer;
  const auto user = world.user(step.value("user"));
  for (const auto& reading : usage::list(world.store(), user, filter, rows_max, {}).items) {
    answer.rows.push_back(fmt::format("{} {} {}", to_text(reading.date),
                                      to_text(reading.energy_consumed),
                                      to_text(reading.energy_type)));
  }
  return answer;
}

std::vector<Fact> facts_of(const usage::UsageDaily& daily) {
  return {
      {"renewable", to_text(daily.renewable)},      {"non_renewable", to_text(daily.non_renewable)},
      {"readings", std::to_string(daily.readings)}, {"award", to_text(daily.award)},
      {"points", to_text(daily.points_earned)},     {"rules", std::to_string(daily.rules_version)}};
}

Answer show_day(World& world, const Step& step) {
  const auto daily =
      usage::find_day(world.store(), world.user(step.value("user")), to_day(step.value("day")));
  return daily ? Answer{.facts = facts_of(*daily)} : not_found("day");
}

// The sums are those of the readings, not those kept.
Answer explain(World& world, const Step& step) {
  const auto explained =
      usage::explain_day(world.store(), world.user(step.value("user")), to_day(step.value("day")));
  if (!explained) {
    return refused(explained);
  }
  earning::DayEnergy energy;
  auto daily = explained->daily;
  daily.points_earned = Points{0};
  for (const auto& reading : explained->readings) {
    energy.of(reading.energy_type) += reading.energy_consumed;
    daily.points_earned += reading.points_earned;
  }
  const auto& rules = explained->rules;
  daily.renewable = energy.renewable;
  daily.non_renewable = energy.non_renewable;
  daily.readings = static_cast<std::int64_t>(explained->readings.size());
  daily.award = earning::award(rules, energy);
  daily.rules_version = rules.rules_version;
  auto facts = facts_of(daily);
  facts.push_back({"renewable_rate", format_decimal(rules.rate(EnergyType::renewable), 3)});
  facts.push_back({"non_renewable_rate", format_decimal(rules.rate(EnergyType::non_renewable), 3)});
  facts.push_back({"cap", rules.daily_cap ? to_text(*rules.daily_cap) : "none"});
  return {.facts = std::move(facts)};
}

std::string sums(Energy renewable, Energy non_renewable, std::int64_t readings, Points points) {
  return fmt::format("{} {} kWh in {} readings {} points", to_text(renewable),
                     to_text(non_renewable), readings, points.count);
}

Answer list_days(World& world, const Step& step) {
  Answer answer;
  const auto days = usage::list_days(
      world.store(), world.user(step.value("user")),
      {.first = read_option(step, "from", to_day), .last = read_option(step, "to", to_day)},
      rows_max, {});
  for (const auto& daily : days.items) {
    answer.rows.push_back(
        to_text(daily.day) + " " +
        sums(daily.renewable, daily.non_renewable, daily.readings, daily.points_earned));
  }
  return answer;
}

Answer list_months(World& world, const Step& step) {
  Answer answer;
  const auto months =
      usage::list_months(world.store(), world.user(step.value("user")), {}, rows_max, {});
  for (const auto& month : months.items) {
    answer.rows.push_back(fmt::format(
        "{}-{:02} {}", static_cast<int>(month.month.year()),
        static_cast<unsigned>(month.month.month()),
        sums(month.renewable, month.non_renewable, month.readings, month.points_earned)));
  }
  return answer;
}

Answer report(World& world, const Step& step) {
  Answer answer;
  usage::report(
      world.store(), to_day(step.value("first")), to_day(step.value("last")),
      [&](const usage::ReportDay& day) {
        answer.rows.push_back(fmt::format(
            "{} {} of {} members", to_text(day.day),
            sums(day.renewable, day.non_renewable, day.readings, day.points_earned), day.members));
      });
  return answer;
}

}  // namespace

void add_usage_reads(Actions& actions) {
  actions["show reading"] = show_reading;
  actions["readings"] = list_readings;
  actions["show day"] = show_day;
  actions["explain"] = explain;
  actions["days"] = list_days;
  actions["months"] = list_months;
  actions["report"] = report;
}

}  // namespace wattback::scenarios

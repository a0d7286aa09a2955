#include <fmt/format.h>

#include "base/decimal.h"
#include "earning/commands.h"
#include "earning/reads.h"
#include "programme/commands.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

earning::RuleTerms terms_of(const Step& step, earning::RuleTerms terms) {
  if (const auto rate = read_option(step, "renewable", to_rate)) {
    terms.rates["Renewable"] = *rate;
  }
  if (const auto rate = read_option(step, "non_renewable", to_rate)) {
    terms.rates["Non-Renewable"] = *rate;
  }
  terms.daily_cap = read_option(step, "cap", to_points);
  return terms;
}

Answer answer_of(const Result<programme::Programme>& programme) {
  if (!programme) {
    return refused(programme);
  }
  return {.facts = {{"edition", std::to_string(programme->edition)}}};
}

Answer start(World& world, const Step& step) {
  return answer_of(
      world.run(earning::StartProgramme{.name = step.find("name").value_or("Sunny Street"),
                                        .time_zone = to_zone(step.find("zone").value_or("UTC")),
                                        .terms = terms_of(step, earning::default_terms()),
                                        .now = world.now()}));
}

Answer edit(World& world, const Step& step) {
  return answer_of(world.run(
      programme::EditProgramme{.name = step.find("name"),
                               .time_zone = read_option(step, "zone", to_zone),
                               .expected_edition = read_option(step, "edition", to_integer)}));
}

Answer publish(World& world, const Step& step) {
  const auto rules =
      world.run(earning::PublishRules{.follows = to_integer(step.find("follows").value_or("1")),
                                      .effective_day = to_day(step.value("day")),
                                      .terms = terms_of(step, {}),
                                      .now = world.now()});
  if (!rules) {
    return refused(rules);
  }
  return {.facts = {{"version", std::to_string(rules->rules_version)}}};
}

Answer list_rules(World& world, const Step&) {
  Answer answer;
  for (const auto& rules : earning::list(world.store(), rows_max, {}).items) {
    answer.rows.push_back(fmt::format(
        "{} from {} renewable {} non_renewable {}{}", rules.rules_version,
        to_text(rules.effective_day), format_decimal(rules.rate(EnergyType::renewable), 3),
        format_decimal(rules.rate(EnergyType::non_renewable), 3),
        rules.daily_cap ? fmt::format(" cap {}", rules.daily_cap->count) : ""));
  }
  return answer;
}

}  // namespace

void add_programme_actions(Actions& actions) {
  actions["programme"] = start;
  actions["edit programme"] = edit;
  actions["publish"] = publish;
  actions["rules"] = list_rules;
}

}  // namespace wattback::scenarios

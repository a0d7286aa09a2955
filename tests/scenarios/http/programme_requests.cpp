#include <fmt/format.h>

#include "base/json.h"
#include "scenarios/http/actions.h"

namespace wattback::scenarios {
namespace {

Answer edit(Site& site, const Step& step) {
  json::object body;
  put_text(body, "name", step, "name");
  put_text(body, "time_zone", step, "zone");
  return edition_of(site.edit(step, "/api/v1/programme", body));
}

Answer publish(Site& site, const Step& step) {
  json::object rates;
  put_number(rates, "Renewable", step, "renewable");
  put_number(rates, "Non-Renewable", step, "non_renewable");
  json::object body{
      {"follows", 1}, {"effective_day", step.value("day")}, {"points_per_kwh", std::move(rates)}};
  put_number(body, "follows", step, "follows");
  put_number(body, "daily_cap", step, "cap");
  const auto rules = site.post(site.administrator(), "/api/v1/earning-rules", body);
  return rules ? Answer{.facts = {{"version", text_of(rules->body.at("rules_version"))}}}
               : refused(rules);
}

std::string rate_of(const json::object& rules, std::string_view type) {
  const auto* rate = rules.at("points_per_kwh").as_object().if_contains(type);
  return rate == nullptr ? "0" : fmt::format("{}", rate->to_number<double>());
}

Answer list_rules(Site& site, const Step&) {
  const auto rules = site.list(site.administrator(), "/api/v1/earning-rules");
  return rows_of(rules, [](const json::object& version) {
    const auto& cap = version.at("daily_cap");
    return fmt::format("{} from {} renewable {} non_renewable {}{}",
                       text_of(version, "rules_version"), text_of(version, "effective_day"),
                       rate_of(version, "Renewable"), rate_of(version, "Non-Renewable"),
                       cap.is_null() ? "" : " cap " + text_of(cap));
  });
}

}  // namespace

void add_programme_requests(HttpActions& actions) {
  actions["edit programme"] = edit;
  actions["publish"] = publish;
  actions["rules"] = list_rules;
}

}  // namespace wattback::scenarios

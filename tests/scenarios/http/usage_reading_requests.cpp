// What members read of their own usage, and the administrator's report.
#include <fmt/format.h>

#include "base/decimal.h"
#include "earning/rules.h"
#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

Result<Reply> get_own(Site& site, const Step& step, const std::string& path) {
  const auto& user = step.value("user");
  return site.get(site.bearer_of(user), site.path_of(user) + path);
}

Result<json::array> list_own(Site& site, const Step& step, const std::string& path) {
  const auto& user = step.value("user");
  return site.list(site.bearer_of(user), site.path_of(user) + path);
}

Answer show_reading(Site& site, const Step& step) {
  const auto start = to_instant(step.value("start"));
  const auto query = Query()
                         .add("from", to_text(start))
                         .add("before", to_text(start + Milliseconds(1)))
                         .add("energy_type", step.find("type").value_or("Renewable"));
  const auto meters = list_own(site, step, "/meters");
  const auto readings = list_own(site, step, "/usage" + query.text());
  if (!meters || !readings) {
    return refused(meters ? readings : meters);
  }
  std::map<std::string, std::string> labels;  // of meters, by id
  for (const auto& meter : *meters) {
    labels[text_of(meter.at("meter_id"))] = text_of(meter.at("label"));
  }
  for (const auto& reading : *readings) {
    if (labels.at(text_of(reading.at("meter_id"))) != step.find("meter").value_or("default")) {
      continue;
    }
    const auto reply = get_own(site, step, "/usage/" + text_of(reading.at("usage_id"))).value();
    const auto& form = reply.body.as_object();
    return {.facts = {{"kwh", kwh_text(form.at("energy_consumed"))},
                      {"points", text_of(form, "points_earned")},
                      {"day", text_of(form, "day")},
                      {"quality", text_of(form, "quality")},
                      {"as_of", text_of(form, "as_of")},
                      {"revision", text_of(form, "revision")},
                      {"rules", text_of(form, "rules_version")}}};
  }
  return not_found("reading");
}

std::optional<std::string> time_of(const Step& step, std::string_view option) {
  const auto time = read_option(step, option, to_instant);
  return time ? std::optional(to_text(*time)) : std::nullopt;
}

Answer list_readings(Site& site, const Step& step) {
  const auto query = Query()
                         .add("from", time_of(step, "from"))
                         .add("before", time_of(step, "before"))
                         .add("energy_type", step.find("type"));
  return rows_of(list_own(site, step, "/usage" + query.text()), [](const json::object& reading) {
    return fmt::format("{} {} {}", text_of(reading, "date"),
                       kwh_text(reading.at("energy_consumed")), text_of(reading, "energy_type"));
  });
}

Result<Reply> explanation_of(Site& site, const Step& step) {
  return get_own(site, step, "/points/explain/day/" + step.value("day"));
}

Answer show_day(Site& site, const Step& step) {
  const auto& day = step.value("day");
  const auto days =
      list_own(site, step, "/usage/daily" + Query().add("from", day).add("to", day).text());
  const auto explained = explanation_of(site, step);
  if (!days || !explained) {
    return days ? refused(explained) : refused(days);
  }
  const auto& daily = days->at(0).as_object();
  const auto& explanation = explained->body.as_object();
  return {.facts = {{"renewable", kwh_text(daily.at("renewable"))},
                    {"non_renewable", kwh_text(daily.at("non_renewable"))},
                    {"readings", text_of(daily, "readings")},
                    {"award", nanopoints_text(explanation.at("award_nanopoints"))},
                    {"points", text_of(daily, "points_earned")},
                    {"rules", text_of(explanation.at("rules").at("rules_version"))}}};
}

earning::EarningRules rules_of(const json::value& form) {
  earning::EarningRules rules{.rules_version = form.at("rules_version").as_int64()};
  for (const auto& [type, rate] : form.at("rates_milli").as_object()) {
    rules.rates[type] = rate.as_int64();
  }
  if (const auto& cap = form.at("daily_cap"); !cap.is_null()) {
    rules.daily_cap = Points{cap.as_int64()};
  }
  return rules;
}

// Reckoned anew from the readings and rules that the explanation holds.
Answer explain(Site& site, const Step& step) {
  const auto explained = explanation_of(site, step);
  if (!explained) {
    return refused(explained);
  }
  const auto& readings = explained->body.at("readings").as_array();
  earning::DayEnergy energy;
  Points points;
  for (const auto& reading : readings) {
    energy.of(to_word<EnergyType>(text_of(reading.at("energy_type")))) +=
        Energy{reading.at("energy_mwh").as_int64()};
    points += Points{reading.at("points_earned").as_int64()};
  }
  const auto rules = rules_of(explained->body.at("rules"));
  const auto rate = [&rules](EnergyType type) { return format_decimal(rules.rate(type), 3); };
  return {.facts = {{"renewable", to_text(energy.renewable)},
                    {"non_renewable", to_text(energy.non_renewable)},
                    {"readings", std::to_string(readings.size())},
                    {"award", to_text(earning::award(rules, energy))},
                    {"points", to_text(points)},
                    {"rules", std::to_string(rules.rules_version)},
                    {"renewable_rate", rate(EnergyType::renewable)},
                    {"non_renewable_rate", rate(EnergyType::non_renewable)},
                    {"cap", text_of(explained->body.at("rules").at("daily_cap"))}}};
}

std::string sums(const json::object& totals) {
  return fmt::format("{} {} kWh in {} readings {} points", kwh_text(totals.at("renewable")),
                     kwh_text(totals.at("non_renewable")), text_of(totals, "readings"),
                     text_of(totals, "points_earned"));
}

Answer list_days(Site& site, const Step& step) {
  const auto query = Query().add("from", step.find("from")).add("to", step.find("to"));
  return rows_of(list_own(site, step, "/usage/daily" + query.text()),
                 [](const json::object& day) { return text_of(day, "day") + " " + sums(day); });
}

Answer list_months(Site& site, const Step& step) {
  return rows_of(list_own(site, step, "/usage/monthly"), [](const json::object& month) {
    return text_of(month, "month") + " " + sums(month);
  });
}

Answer report(Site& site, const Step& step) {
  const auto query = Query().add("from", step.value("first")).add("to", step.value("last"));
  const auto reply = site.get(site.administrator(), "/api/v1/usage/report" + query.text());
  if (!reply) {
    return refused(reply);
  }
  return rows_of(Result<json::array>(reply->body.at("data").as_array()),
                 [](const json::object& day) {
                   return fmt::format("{} {} of {} members", text_of(day, "day"), sums(day),
                                      text_of(day, "members"));
                 });
}

}  // namespace

void add_usage_reading_requests(HttpActions& actions) {
  actions["show reading"] = show_reading;
  actions["readings"] = list_readings;
  actions["show day"] = show_day;
  actions["explain"] = explain;
  actions["days"] = list_days;
  actions["months"] = list_months;
  actions["report"] = report;
}

}  // namespace wattback::scenarios

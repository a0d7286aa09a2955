// Integrators record usage, one reading a request or several as a bulk.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/json.h"
#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

json::object reading_of(const Step& step, Instant start, const std::string& energy) {
  json::object reading{{"start", to_text(start)},
                       {"duration", to_duration(step.value("duration")).count()},
                       {"energy_consumed", to_number(energy)},
                       {"energy_type", step.find("type").value_or("Renewable")}};
  put_text(reading, "meter", step, "meter");
  put_text(reading, "meter_identifier", step, "identifier");
  put_number(reading, "quality", step, "quality");
  if (const auto as_of = read_option(step, "as_of", to_instant)) {
    reading["as_of"] = to_text(*as_of);
  }
  return reading;
}

// What each reading of this start says now, by its id; nothing for a member there is not.
std::map<std::string, Energy> energies_at(Site& site, const Step& step) {
  const auto start = to_instant(step.value("start"));
  const auto readings =
      site.list(site.integrator(), site.path_of(step.value("user")) + "/usage" +
                                       Query()
                                           .add("from", to_text(start))
                                           .add("before", to_text(start + Milliseconds(1)))
                                           .text());
  std::map<std::string, Energy> energies;
  for (const auto& reading : readings.value_or(json::array())) {
    energies[text_of(reading.at("usage_id"))] = energy_of(reading.at("energy_consumed"));
  }
  return energies;
}

Answer record_one(Site& site, const Step& step) {
  auto before = energies_at(site, step);
  const auto reading = reading_of(step, to_instant(step.value("start")), step.value("energy"));
  const auto reply = site.ask({.method = "POST",
                               .path = site.path_of(step.value("user")) + "/usage",
                               .bearer = site.integrator(),
                               .body = to_json_text(reading),
                               .is_made = [](const json::value& body) {
                                 return body.at("outcome").as_string() == "accepted";
                               }});
  if (!reply) {
    return refused(reply);
  }
  const auto id = text_of(reply->body.at("usage_id"));
  const auto change = energies_at(site, step).at(id) - before[id];
  return {.words = {text_of(reply->body.at("outcome"))},
          .facts = {{"points", text_of(reply->body.at("points"))}, {"kwh", to_text(change)}}};
}

std::string bulk_of(Site& site, const Step& step) {
  auto start = to_instant(step.value("start"));
  std::string bulk;
  for (const auto& energy : split_list(step.value("energies"))) {
    auto line = reading_of(step, start, energy);
    line["user_id"] = to_text(site.world().user(step.value("user")));
    bulk += to_json_text(line) + "\n";
    start += to_duration(step.value("duration"));
  }
  return bulk;
}

// Lines are answered as they are decided, those refused at once before others.
Answer record_series(Site& site, const Step& step) {
  const auto reply = site.ask({.method = "POST",
                               .path = "/api/v1/usage:bulk",
                               .bearer = site.integrator(),
                               .body = bulk_of(site, step),
                               .headers = {{"Content-Type", "application/x-ndjson"},
                                           {"Idempotency-Key", site.world().key_of(step).text}}});
  if (!reply) {
    return refused(reply);
  }
  std::map<std::int64_t, std::string> rows;
  std::istringstream lines(reply->text);
  for (std::string text; std::getline(lines, text);) {
    const auto line = json::parse(text).as_object();
    if (line.contains("summary")) {
      continue;
    }
    rows[line.at("line").as_int64()] =
        line.contains("error") ? text_of(line.at("error").at("code"))
                               : text_of(line, "outcome") + " " + text_of(line, "points");
  }
  Answer answer;
  for (const auto& [number, row] : rows) {
    answer.rows.push_back(row);
  }
  return answer;
}

}  // namespace

void add_usage_requests(HttpActions& actions) {
  actions["read"] = record_one;
  actions["series"] = record_series;
}

}  // namespace wattback::scenarios

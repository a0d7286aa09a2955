#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

std::string path_of(const World& world, const Step& step) {
  const auto found = world.imports.find(step.value("import"));
  return "/api/v1/imports/" + to_text(found == world.imports.end() ? ImportId{} : found->second);
}

Answer run(Site& site, const Step& step) {
  auto& world = site.world();
  const auto users = split_list(step.value("users"));
  Query query;
  query.add("meter", step.find("meter"))
      .add("energy_type", step.find("type").value_or("Renewable"));
  if (users.size() == 1) {
    query.add("user_id", to_text(world.user(users.front())));
  }
  if (const auto as_of = read_option(step, "as_of", to_instant)) {
    query.add("as_of", to_text(*as_of));
  }
  const auto reply =
      site.ask({.method = "POST",
                .path = "/api/v1/imports" + query.text(),
                .bearer = site.administrator(),
                .body = import_lines(step),
                .headers = {{"Content-Type", "application/x-ndjson"}},
                .is_made = [](const json::value& body) { return !body.at("repeated").as_bool(); }});
  if (!reply) {
    return refused(reply);
  }
  const auto& result = reply->body.as_object();
  world.imports[step.value("import")] = ImportId{parse_uuid(text_of(result, "import_id")).value()};
  const auto import = site.get(site.administrator(), path_of(world, step)).value();
  return {
      .words = {result.at("repeated").as_bool() ? "repeated" : text_of(import.body.at("status"))},
      .facts = {{"read", text_of(result, "read")},
                {"accepted", text_of(result, "accepted")},
                {"duplicates", text_of(result, "duplicates")},
                {"restated", text_of(result, "restated")},
                {"superseded", text_of(result, "superseded")},
                {"rejected", text_of(result, "rejected")},
                {"kwh", kwh_text(result.at("energy_kwh"))},
                {"points", text_of(result, "points")}}};
}

Answer withdraw(Site& site, const Step& step) {
  const json::object body{{"reason_code", step.find("reason").value_or("wrong-meter")}};
  const auto reply = site.ask({.method = "POST",
                               .path = path_of(site.world(), step) + "/withdraw",
                               .bearer = site.administrator(),
                               .body = json::serialize(body)});
  if (!reply) {
    return refused(reply);
  }
  const auto& withdrawal = reply->body.as_object();
  return {.facts = {{"restated", text_of(withdrawal, "restated")},
                    {"kwh", kwh_text(withdrawal.at("energy_kwh"))},
                    {"points", text_of(withdrawal, "points")}}};
}

Answer show(Site& site, const Step& step) {
  const auto reply = site.get(site.administrator(), path_of(site.world(), step));
  if (!reply) {
    return refused(reply);
  }
  const auto& import = reply->body.as_object();
  return {.facts = {{"status", text_of(import, "status")},
                    {"reason", text_of(import, "reason_code")},
                    {"as_of", text_of(import, "as_of")}}};
}

}  // namespace

void add_import_requests(HttpActions& actions) {
  actions["import"] = run;
  actions["withdraw"] = withdraw;
  actions["show import"] = show;
}

}  // namespace wattback::scenarios

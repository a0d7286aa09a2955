#include <fmt/format.h>

#include <algorithm>

#include "scenarios/http/actions.h"

namespace wattback::scenarios {
namespace {

std::string meters_path(const Site& site, const Step& step) {
  return site.path_of(step.value("user")) + "/meters";
}

Result<json::array> meters_of(Site& site, const Step& step) {
  return site.list(site.bearer_of(step.value("user")), meters_path(site, step));
}

Result<json::object> find_by_label(Site& site, const Step& step) {
  const auto meters = meters_of(site, step);
  if (!meters) {
    return std::unexpected(meters.error());
  }
  for (const auto& meter : *meters) {
    if (meter.at("label").as_string() == step.value("label")) {
      return meter.as_object();
    }
  }
  return std::unexpected(*not_found("meter").error);
}

Answer create(Site& site, const Step& step) {
  json::object body{{"label", step.value("label")}};
  put_text(body, "identifier", step, "identifier");
  const auto meter = site.post(site.bearer_of(step.value("user")), meters_path(site, step), body);
  return meter ? Answer{} : refused(meter);
}

Answer relabel(Site& site, const Step& step) {
  const auto meter = find_by_label(site, step);
  if (!meter) {
    return refused(meter);
  }
  json::object body;
  put_text(body, "label", step, "new_label");
  const auto relabelled =
      site.ask({.method = "PATCH",
                .path = meters_path(site, step) + "/" + text_of(*meter, "meter_id"),
                .bearer = site.bearer_of(step.value("user")),
                .body = json::serialize(body)});
  return relabelled ? Answer{} : refused(relabelled);
}

Answer show(Site& site, const Step& step) {
  const auto meter = find_by_label(site, step);
  if (!meter) {
    return refused(meter);
  }
  const auto& phase = meter->at("phase_s");
  return {.facts = {{"zone", text_of(*meter, "time_zone")},
                    {"cadence", text_of(*meter, "cadence")},
                    {"phase", phase.is_null() ? "none" : text_of(phase) + "s"},
                    {"identifier", text_of(*meter, "identifier")}}};
}

Answer list(Site& site, const Step& step) {
  return rows_of(meters_of(site, step), [](const json::object& meter) {
    return fmt::format("{} {}", text_of(meter, "label"), text_of(meter, "cadence"));
  });
}

}  // namespace

void add_meter_requests(HttpActions& actions) {
  actions["meter"] = create;
  actions["relabel"] = relabel;
  actions["show meter"] = show;
  actions["meters"] = list;
}

}  // namespace wattback::scenarios

#include <fmt/format.h>

#include "meters/commands.h"
#include "meters/reads.h"
#include "scenarios/runner/service_driver.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

Answer answer_of(const Result<meters::Meter>& meter) { return meter ? Answer{} : refused(meter); }

Answer create(World& world, const Step& step) {
  const auto user = world.user(step.value("user"));
  return answer_of(world.run(meters::CreateMeter{
      .user = user,
      .meter = meters::new_reference(user, step.value("label"), step.find("identifier"))}));
}

Answer relabel(World& world, const Step& step) {
  const auto user = world.user(step.value("user"));
  const auto meter = meters::find_by_label(world.store(), user, step.value("label"));
  if (!meter) {
    return not_found("meter");
  }
  return answer_of(world.run(meters::RelabelMeter{
      .user = user, .meter = meter->meter_id, .label = step.value("new_label")}));
}

std::string cadence_of(const meters::Meter& meter) {
  if (!meter.is_fixed()) {
    return "none";
  }
  return *meter.cadence == meters::local_day_cadence ? "day"
                                                     : fmt::format("{}s", meter.cadence->count());
}

Answer show(World& world, const Step& step) {
  const auto meter =
      meters::find_by_label(world.store(), world.user(step.value("user")), step.value("label"));
  if (!meter) {
    return not_found("meter");
  }
  return {.facts = {{"zone", meter->time_zone ? meter->time_zone->name() : "none"},
                    {"cadence", cadence_of(*meter)},
                    {"phase", meter->phase ? fmt::format("{}s", meter->phase->count()) : "none"},
                    {"identifier", meter->identifier.value_or("none")}}};
}

Answer list(World& world, const Step& step) {
  Answer answer;
  const auto user = world.user(step.value("user"));
  for (const auto& meter : meters::list(world.store(), user, rows_max, {}).items) {
    answer.rows.push_back(fmt::format("{} {}", meter.label, cadence_of(meter)));
  }
  return answer;
}

}  // namespace

void add_meter_actions(Actions& actions) {
  actions["meter"] = create;
  actions["relabel"] = relabel;
  actions["show meter"] = show;
  actions["meters"] = list;
}

}  // namespace wattback::scenarios

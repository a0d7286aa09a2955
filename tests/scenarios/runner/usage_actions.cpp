#include <fmt/format.h>

#include "meters/reads.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"
#include "usage/commands.h"

namespace wattback::scenarios {
namespace {

// The readings of a step: one after the other, each as long as the first.
std::vector<usage::ReadingInput> readings_of(const Step& step, const std::string& energies) {
  std::vector<usage::ReadingInput> readings;
  meters::Interval interval{.start = to_instant(step.value("start")),
                            .duration = to_duration(step.value("duration"))};
  const auto type = to_word<EnergyType>(step.find("type").value_or("Renewable"));
  for (const auto& energy : split_list(energies)) {
    readings.push_back({.interval = interval,
                        .energy = to_energy(energy),
                        .type = type,
                        .quality = read_option(step, "quality", to_integer),
                        .as_of = read_option(step, "as_of", to_instant)});
    interval.start = interval.end();
  }
  return readings;
}

Result<usage::RecordReply> record(World& world, const Step& step, const std::string& energies) {
  const auto user = world.user(step.value("user"));
  return world.run(usage::RecordReadings{
      .user = user,
      .meter = meters::resolve(world.store(), user, step.find("meter"), step.find("identifier")),
      .readings = readings_of(step, energies),
      .now = world.now()});
}

Answer record_one(World& world, const Step& step) {
  const auto reply = record(world, step, step.value("energy"));
  if (!reply) {
    return refused(reply);
  }
  const auto& reading = reply->readings.at(0);
  Answer answer;
  if (reading.error) {
    answer.error = reading.error;
    return answer;
  }
  answer.words = {std::string(to_text(reading.outcome))};
  answer.facts = {{"points", to_text(reading.points)}, {"kwh", to_text(reading.energy_change)}};
  return answer;
}

Answer record_series(World& world, const Step& step) {
  const auto reply = record(world, step, step.value("energies"));
  if (!reply) {
    return refused(reply);
  }
  Answer answer;
  for (const auto& reading : reply->readings) {
    answer.rows.push_back(
        reading.error ? std::string(to_text(reading.error->code))
                      : fmt::format("{} {}", to_text(reading.outcome), reading.points.count));
  }
  return answer;
}

}  // namespace

void add_usage_actions(Actions& actions) {
  actions["read"] = record_one;
  actions["series"] = record_series;
}

}  // namespace wattback::scenarios

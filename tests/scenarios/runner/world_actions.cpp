#include <fmt/format.h>

#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

using test_support::Fault;

Answer set_clock(World& world, const Step& step) {
  world.set_now(to_instant(step.value("time")));
  return {};
}

Answer set_store(World& world, const Step& step) {
  using store::Refusal;
  const auto& state = step.value("state");
  const auto always = [&](const Fault& fault) {
    world.faults().set_plan([fault](const store::ChangeSet&) { return fault; });
  };
  if (state == "unavailable") {
    always(test_support::unavailable());
  } else if (state == "refusing") {
    always(test_support::refused(Refusal::Reason::invalid));
  } else if (state == "conflicting") {
    world.faults().set_plan(
        test_support::in_turn({test_support::refused(Refusal::Reason::conflict)}));
  } else if (state == "forgetful") {
    world.faults().set_plan(test_support::in_turn({test_support::unknown_after()}));
  } else if (state == "well") {
    world.faults().set_plan({});
  } else {
    throw Malformed(fmt::format("a store is never '{}'", state));
  }
  return {};
}

Answer set_queue(World& world, const Step& step) {
  const auto& state = step.value("state");
  if (state == "full") {
    world.fill_queue();
  } else if (state == "empty") {
    world.empty_queue();
  } else {
    throw Malformed(fmt::format("a queue is never '{}'", state));
  }
  return {};
}

}  // namespace

void add_world_actions(Actions& actions) {
  actions["now"] = set_clock;
  actions["store"] = set_store;
  actions["queue"] = set_queue;
}

}  // namespace wattback::scenarios

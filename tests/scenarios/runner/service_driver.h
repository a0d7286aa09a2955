// Performs steps on the domain itself: commands through a committer, reads from the store.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "scenarios/runner/driver.h"
#include "scenarios/runner/world.h"

namespace wattback::scenarios {

// Over this store, which must be empty and outlive the driver.
std::unique_ptr<Driver> make_service_driver(store::Store& store);

// How a verb is performed. Each file of actions adds those of its part.
using Action = Answer (*)(World&, const Step&);
using Actions = std::map<std::string_view, Action>;

void add_programme_actions(Actions& actions);
void add_user_actions(Actions& actions);
void add_meter_actions(Actions& actions);
void add_usage_actions(Actions& actions);
void add_usage_reads(Actions& actions);
void add_import_actions(Actions& actions);
void add_point_actions(Actions& actions);
void add_reward_actions(Actions& actions);
void add_redemption_actions(Actions& actions);
void add_world_actions(Actions& actions);

}  // namespace wattback::scenarios

// Runs a scenario on a driver and holds its answers against what is expected.
#pragma once

#include <optional>
#include <string>

#include "scenarios/runner/driver.h"
#include "scenarios/runner/language.h"

namespace wattback::scenarios {

// The first mismatch, as "FILE:LINE: expected ..., found ..." and the line; nothing when all is as
// expected.
std::optional<std::string> run_scenario(const Scenario& scenario, Driver& driver);

}  // namespace wattback::scenarios

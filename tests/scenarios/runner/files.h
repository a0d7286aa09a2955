// The files of tests/scenarios.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/runner/language.h"

namespace wattback::scenarios {

std::vector<std::filesystem::path> scenario_files();        // *.scenario, by name
Scenario load_scenario(const std::filesystem::path& path);  // throws Malformed

// The rules of the programme that scenarios show, from rules.txt: "NAME  what it says" a line.
std::vector<std::string> rule_names();

}  // namespace wattback::scenarios

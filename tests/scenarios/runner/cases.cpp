#include "scenarios/runner/cases.h"

#include "scenarios/runner/files.h"

namespace wattback::scenarios {

std::string name_of(const Case& run) { return run.factory.name + "_" + run.path.stem().string(); }

void PrintTo(const Case& run, std::ostream* out) {  // NOLINT: the name gtest calls
  *out << name_of(run);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& factory : store::conformance::stores_under_test()) {
    for (const auto& path : scenario_files()) {
      cases.push_back({.factory = factory, .path = path});
    }
  }
  return cases;
}

}  // namespace wattback::scenarios

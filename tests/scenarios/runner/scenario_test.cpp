// Each scenario on each store is a test of its own: ScenarioOnStore.Holds/STORE_SCENARIO.
#include <gtest/gtest.h>

#include "scenarios/runner/cases.h"
#include "scenarios/runner/files.h"
#include "scenarios/runner/runner.h"
#include "scenarios/runner/service_driver.h"

namespace wattback::scenarios {
namespace {

class ScenarioOnStore : public testing::TestWithParam<Case> {};

TEST_P(ScenarioOnStore, Holds) {
  const auto& [factory, path] = GetParam();
  try {
    const auto scenario = load_scenario(path);
    const auto place = factory.make();
    const auto store = place->make();
    const auto driver = make_service_driver(*store);
    if (const auto mismatch = run_scenario(scenario, *driver)) {
      ADD_FAILURE() << *mismatch << "\n  on the store: " << factory.name;
    }
  } catch (const Malformed& malformed) {
    ADD_FAILURE() << malformed.what();
  }
}

INSTANTIATE_TEST_SUITE_P(, ScenarioOnStore, testing::ValuesIn(all_cases()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace wattback::scenarios

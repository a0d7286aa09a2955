// Each scenario over HTTP on each store is a test of its own, and so is what is left out.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "scenarios/http/http_driver.h"
#include "scenarios/runner/cases.h"
#include "scenarios/runner/files.h"
#include "scenarios/runner/runner.h"
#include "scenarios/runner/vocabulary.h"

namespace wattback::scenarios {
namespace {

class ScenarioOverHttp : public testing::TestWithParam<Case> {};

TEST_P(ScenarioOverHttp, HoldsUnlessSaidOtherwise) {
  const auto& [factory, path] = GetParam();
  const auto exceptions = scenarios_not_over_http();
  const auto exception = std::ranges::find(exceptions, path.stem().string(), &Exception::name);
  const auto scenario = load_scenario(path);
  const auto place = factory.make();
  const auto store = place->make();
  const auto driver = make_http_driver(*store);
  const auto mismatch = run_scenario(scenario, *driver);
  if (exception == exceptions.end()) {
    EXPECT_EQ(mismatch.value_or(""), "") << "over HTTP, on the store: " << factory.name;
  } else {
    EXPECT_TRUE(mismatch.has_value())
        << "it holds over HTTP, against what is said of it: " << exception->reason;
  }
}

INSTANTIATE_TEST_SUITE_P(, ScenarioOverHttp, testing::ValuesIn(all_cases()),
                         [](const auto& info) { return name_of(info.param); });

TEST(OverHttp, TheScenariosLeftOutAreThere) {
  std::set<std::string> names;
  for (const auto& path : scenario_files()) {
    names.insert(path.stem().string());
  }
  for (const auto& exception : scenarios_not_over_http()) {
    EXPECT_TRUE(names.contains(std::string(exception.name))) << exception.name;
  }
}

TEST(OverHttp, EachVerbIsARequestOrIsSaidToBeNone) {
  std::vector<std::string_view> named;
  for (const auto& exception : verbs_beside_http()) {
    named.push_back(exception.name);
  }
  std::ranges::copy(verbs_over_http(), std::back_inserter(named));
  std::vector<std::string_view> all;
  std::ranges::transform(verbs(), std::back_inserter(all), &Verb::name);
  EXPECT_THAT(named, testing::UnorderedElementsAreArray(all));
}

}  // namespace
}  // namespace wattback::scenarios

// Nothing of the programme's rules and refusals goes without a scenario.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "scenarios/runner/files.h"

namespace wattback::scenarios {
namespace {

using testing::IsEmpty;

std::vector<Scenario> all_scenarios() {
  std::vector<Scenario> scenarios;
  for (const auto& path : scenario_files()) {
    scenarios.push_back(load_scenario(path));
  }
  return scenarios;
}

TEST(Coverage, EachRuleHasAScenario) {
  std::set<std::string> untouched;
  for (const auto& rule : rule_names()) {
    EXPECT_TRUE(untouched.insert(rule).second) << rule << " stands twice in rules.txt";
  }
  for (const auto& scenario : all_scenarios()) {
    for (const auto& rule : scenario.covers) {
      untouched.erase(rule);
    }
  }
  EXPECT_THAT(untouched, IsEmpty());
}

TEST(Coverage, EachScenarioCoversRulesThereAre) {
  const auto rules = rule_names();
  for (const auto& scenario : all_scenarios()) {
    EXPECT_FALSE(scenario.covers.empty()) << scenario.file << " covers no rule";
    for (const auto& rule : scenario.covers) {
      EXPECT_NE(std::ranges::find(rules, rule), rules.end())
          << scenario.file << " covers '" << rule << "', which is not in rules.txt";
    }
  }
}

TEST(Coverage, EachErrorCodeIsExpectedSomewhere) {
  std::set<std::string> untouched;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    untouched.insert(std::string(to_text(static_cast<ErrorCode>(code))));
  }
  untouched.erase("unauthenticated");  // of sign-in
  untouched.erase("too_many_tries");   // likewise
  for (const auto& scenario : all_scenarios()) {
    for (const auto& step : scenario.steps) {
      for (const auto& word : step.expected.words) {
        untouched.erase(word);
      }
    }
  }
  EXPECT_THAT(untouched, IsEmpty());
}

}  // namespace
}  // namespace wattback::scenarios

// Each scenario on each store of the conformance suite, as the parameters of a test.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "conformance/store_under_test.h"

namespace wattback::scenarios {

struct Case {
  store::conformance::StoreFactory factory;
  std::filesystem::path path;
};

std::string name_of(const Case& run);              // STORE_SCENARIO
void PrintTo(const Case& run, std::ostream* out);  // NOLINT: the name gtest calls

std::vector<Case> all_cases();

}  // namespace wattback::scenarios

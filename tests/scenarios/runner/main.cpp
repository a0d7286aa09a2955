// Each scenario on each store is a test of its own: STORE.SCENARIO.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "conformance/store_under_test.h"
#include "scenarios/runner/files.h"
#include "scenarios/runner/runner.h"
#include "scenarios/runner/service_driver.h"

namespace {

using namespace wattback;             // NOLINT: a program, not a header
using namespace wattback::scenarios;  // NOLINT

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(std::filesystem::path path, store::conformance::StoreFactory factory)
      : path_(std::move(path)), factory_(std::move(factory)) {}

  void TestBody() override {
    try {
      const auto scenario = load_scenario(path_);
      const auto place = factory_.make();
      const auto store = place->make();
      const auto driver = make_service_driver(*store);
      if (const auto mismatch = run_scenario(scenario, *driver)) {
        ADD_FAILURE() << *mismatch << "\n  on the store: " << factory_.name;
      }
    } catch (const Malformed& malformed) {
      ADD_FAILURE() << malformed.what();
    }
  }

 private:
  std::filesystem::path path_;
  store::conformance::StoreFactory factory_;
};

void register_scenarios() {
  for (const auto& factory : store::conformance::stores_under_test()) {
    for (const auto& path : scenario_files()) {
      testing::RegisterTest(factory.name.c_str(), path.stem().c_str(), nullptr, nullptr,
                            path.c_str(), 1,
                            [=]() -> testing::Test* { return new ScenarioTest(path, factory); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  register_scenarios();
  return RUN_ALL_TESTS();
}

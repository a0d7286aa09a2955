#include "scenarios/runner/runner.h"

#include <gtest/gtest.h>

#include "scenarios/runner/service_driver.h"
#include "store/memory/memory_store.h"

namespace wattback::scenarios {
namespace {

// What the runner says of this text, on the services over memory.
std::string complaint(std::string_view text) {
  const auto store = store::make_memory_store();
  const auto driver = make_service_driver(*store);
  return run_scenario(parse_scenario("a.scenario", text), *driver).value_or("");
}

TEST(Runner, SaysNothingWhenAllIsAsExpected) {
  EXPECT_EQ(complaint("user u1\ngrant u1 500 -> adjusted balance 500 owed 0"), "");
}

TEST(Runner, NamesFileLineExpectedAndFound) {
  EXPECT_EQ(complaint("user u1\n\ngrant u1 500 -> balance 400"),
            "a.scenario:3: expected balance 400, found 500\n  grant u1 500 -> balance 400");
}

TEST(Runner, TellsOneOutcomeFromAnother) {
  EXPECT_EQ(complaint("user u1\ngrant u1 5 -> adjusted, replayed"),
            "a.scenario:2: expected adjusted, replayed, found adjusted\n"
            "  grant u1 5 -> adjusted, replayed");
}

TEST(Runner, TellsARefusalFromSuccess) {
  EXPECT_EQ(complaint("user u1 -> invalid"),
            "a.scenario:1: expected invalid, found success\n  user u1 -> invalid");
  EXPECT_EQ(complaint("grant u1 5"),
            "a.scenario:1: expected success, found not_found (there is no such user)\n"
            "  grant u1 5");
  EXPECT_EQ(complaint("grant u1 5 -> invalid"),
            "a.scenario:1: expected invalid, found not_found (there is no such user)\n"
            "  grant u1 5 -> invalid");
}

TEST(Runner, ComparesRowsInOrder) {
  EXPECT_EQ(complaint("user u1\ngrant u1 5\ntake u1 2\nstatement u1 -> adjusted 5, adjusted -2"),
            "a.scenario:4: expected adjusted 5, adjusted -2, found adjusted -2, adjusted 5\n"
            "  statement u1 -> adjusted 5, adjusted -2");
  EXPECT_EQ(complaint("user u1\nstatement u1 -> adjusted 5"),
            "a.scenario:2: expected adjusted 5, found none\n  statement u1 -> adjusted 5");
}

TEST(Runner, AsksHowMembersAndRewardsStandAfterARefusalToo) {
  EXPECT_EQ(complaint("user u1\nreward kettle costs 500 stock 2\n"
                      "redeem u1 kettle -> insufficient_points balance 0 stock 1"),
            "a.scenario:3: expected stock 1, found 2\n"
            "  redeem u1 kettle -> insufficient_points balance 0 stock 1");
}

TEST(Runner, NamesTheLineOfAValueThatIsNone) {
  EXPECT_EQ(complaint("user u1\ngrant u1 many"),
            "a.scenario:2: 'many' is no whole number\n  grant u1 many");
  EXPECT_EQ(complaint("store broken"), "a.scenario:1: a store is never 'broken'\n  store broken");
}

}  // namespace
}  // namespace wattback::scenarios

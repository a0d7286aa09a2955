#include "scenarios/runner/language.h"

#include <gmock/gmock.h>

namespace wattback::scenarios {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

Step only_step(std::string_view line) {
  auto scenario = parse_scenario("a.scenario", line);
  EXPECT_EQ(scenario.steps.size(), 1U);
  return scenario.steps.at(0);
}

std::string complaint(std::string_view text) {
  try {
    parse_scenario("a.scenario", text);
  } catch (const Malformed& malformed) {
    return malformed.what();
  }
  return "";
}

TEST(Language, ALineIsAVerbItsArgumentsAndWhatIsExpected) {
  const auto step = only_step("redeem u1 kettle key k1  -> pending, replayed  balance 0  stock 1");
  EXPECT_EQ(step.verb, "redeem");
  EXPECT_THAT(step.arguments, UnorderedElementsAre(Pair("user", "u1"), Pair("reward", "kettle"),
                                                   Pair("key", "k1")));
  EXPECT_THAT(step.expected.words, ElementsAre("pending", "replayed"));
  EXPECT_THAT(step.expected.facts, ElementsAre(Fact{"balance", "0"}, Fact{"stock", "1"}));
  EXPECT_FALSE(step.expected.rows);
}

TEST(Language, AVerbMayBeTwoWords) {
  EXPECT_EQ(only_step("edit user u1 name Ada").verb, "edit user");
  EXPECT_EQ(only_step("user edit name Ada").value("user"), "edit");
}

TEST(Language, FlagsStandAlone) {
  const auto step = only_step("catalog in_stock affordable u1");
  EXPECT_TRUE(step.has("in_stock"));
  EXPECT_FALSE(step.has("archived"));
  EXPECT_EQ(step.find("affordable"), "u1");
}

TEST(Language, QuotedTextHoldsBlanksArrowsAndHashes) {
  EXPECT_EQ(only_step(R"(user u1 name "Ada -> #1"  # the first)").value("name"), "Ada -> #1");
}

TEST(Language, AListingExpectsRows) {
  EXPECT_THAT(*only_step("statement u1 -> redeemed -500, earned 12").expected.rows,
              ElementsAre("redeemed -500", "earned 12"));
  EXPECT_THAT(*only_step("statement u1 -> none").expected.rows, ElementsAre());
  EXPECT_THAT(only_step("catalog affordable u9 -> not_found").expected.words,
              ElementsAre("not_found"));
}

TEST(Language, LinesAreCountedOverBlanksAndComments) {
  const auto scenario = parse_scenario("a.scenario", "# first\n\ncovers a b\nuser u1\n\nuser u2\n");
  EXPECT_THAT(scenario.covers, ElementsAre("a", "b"));
  ASSERT_EQ(scenario.steps.size(), 2U);
  EXPECT_EQ(scenario.steps[0].line, 4);
  EXPECT_EQ(scenario.steps[1].line, 6);
}

struct Case {
  std::string name;
  std::string text;
  std::string complaint;
};

class MalformedLine : public testing::TestWithParam<Case> {};

TEST_P(MalformedLine, IsNamed) { EXPECT_EQ(complaint(GetParam().text), GetParam().complaint); }

INSTANTIATE_TEST_SUITE_P(
    Language, MalformedLine,
    testing::Values(
        Case{"UnknownAction", "user u1\nreedem u1 kettle", "a.scenario:2: unknown action 'reedem'"},
        Case{"MissingArgument", "grant u1", "a.scenario:1: 'grant' needs: user points"},
        Case{"UnknownOption", "user u1 mail x@y", "a.scenario:1: 'user' knows no 'mail'"},
        Case{"OptionWithoutValue", "user u1 email", "a.scenario:1: 'email' has no value"},
        Case{"OptionTwice", "user u1 name a name b", "a.scenario:1: 'name' is given twice"},
        Case{"UnknownOutcome", "grant u1 5 -> pending",
             "a.scenario:1: 'grant' never answers 'pending'"},
        Case{"UnknownFact", "catalog -> not_found\ngrant u1 5 -> stock 1",
             "a.scenario:2: 'grant' never answers 'stock'"},
        Case{"FactWithoutValue", "grant u1 5 -> balance",
             "a.scenario:1: expected 'balance' has no value"},
        Case{"NothingExpected", "grant u1 5 ->", "a.scenario:1: nothing is expected after '->'"},
        Case{"NoAction", "-> balance 5", "a.scenario:1: there is no action before '->'"},
        Case{"OpenQuote", "user u1 name \"Ada", "a.scenario:1: a quote is not closed"},
        Case{"CoversNothing", "covers", "a.scenario:1: 'covers' names no rule"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace wattback::scenarios

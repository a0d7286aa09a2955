#include "cli/command_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/values.h"

namespace wattback::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  for (const auto& option : options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// A program with one group, `pets`, and one verb of it, `add`.
class CommandTree : public testing::Test {
 protected:
  CommandTree() {
    root.add_option("--place", text, "Where");
    root.add_flag("--quietly", flag, "Say nothing");
    group->fallthrough();
    verb->fallthrough();
  }

  std::vector<Command> read() { return read_commands(root); }
  Option only_option_of(CLI::App& app) {
    for (auto& command : read()) {
      if (command.name.ends_with(app.get_name())) {
        EXPECT_EQ(command.options.size(), 1U);
        return command.options.front();
      }
    }
    ADD_FAILURE();
    return {};
  }

  std::string text;
  std::int64_t number = 7;
  bool flag = false;
  CLI::App root{"A program", "zoo"};
  CLI::App* group = root.add_subcommand("pets", "Animals");
  CLI::App* verb = group->add_subcommand("add", "Add one");
};

TEST_F(CommandTree, HasTheProgramThenEachGroupBeforeItsVerbs) {
  root.add_subcommand("close", "Go home");
  const auto commands = read();
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(commands[0].name, "zoo");
  EXPECT_EQ(commands[1].name, "zoo pets");
  EXPECT_EQ(commands[2].name, "zoo pets add");
  EXPECT_EQ(commands[3].name, "zoo close");
  EXPECT_EQ(commands[2].description, "Add one");
  ASSERT_EQ(commands[0].verbs.size(), 2U);
  EXPECT_EQ(commands[0].verbs[1].name, "close");
  EXPECT_EQ(commands[0].verbs[1].description, "Go home");
  EXPECT_THAT(commands[2].verbs, IsEmpty());
}

TEST_F(CommandTree, GivesAVerbWhatTheOnesAboveTake) {
  verb->add_option("--name", text, "Its name");
  const auto commands = read();
  EXPECT_THAT(names_of(commands[0].options), ElementsAre("-h", "--help", "--place", "--quietly"));
  EXPECT_THAT(names_of(commands[2].options), ElementsAre("--name"));
  EXPECT_THAT(names_of(commands[2].inherited), ElementsAre("-h", "--help", "--place", "--quietly"));
  EXPECT_THAT(names_of(commands[2].all_options()),
              ElementsAre("--name", "-h", "--help", "--place", "--quietly"));
}

TEST_F(CommandTree, GivesNothingFromAboveToAVerbThatDoesNotFallThrough) {
  verb->fallthrough(false);
  const auto command = read()[2];
  EXPECT_THAT(command.inherited, IsEmpty());
  EXPECT_THAT(names_of(command.options), ElementsAre("-h", "--help"));
}

TEST_F(CommandTree, LetsAVerbGiveANameAMeaningOfItsOwn) {
  verb->add_option("--place", number, "The cage");
  const auto commands = read();
  EXPECT_THAT(names_of(commands[2].inherited), ElementsAre("-h", "--help", "--quietly"));
  EXPECT_EQ(commands[2].options.back().description, "The cage");
}

TEST_F(CommandTree, TellsFlagsFromOptionsAndArguments) {
  verb->add_option("animal", text, "Which")->required();
  const auto command = read()[2];
  ASSERT_EQ(command.arguments.size(), 1U);
  EXPECT_THAT(command.arguments[0].names, ElementsAre("animal"));
  EXPECT_TRUE(command.arguments[0].required);
  EXPECT_EQ(command.inherited[0].value, "");  // --help
  EXPECT_EQ(command.inherited[1].value, "TEXT");
  EXPECT_EQ(command.inherited[2].value, "");
}

TEST_F(CommandTree, KnowsWordsDefaultsAndBounds) {
  verb->add_option("--size", text, "How big")->check(one_of({"small", "big"}));
  auto option = only_option_of(*verb);
  EXPECT_EQ(option.value, "TEXT");
  EXPECT_THAT(option.words, ElementsAre("small", "big"));
  EXPECT_EQ(option.fallback, "");
  EXPECT_EQ(option.note, "");
  EXPECT_FALSE(option.required);

  verb->remove_option(verb->get_option("--size"));
  verb->add_option("--legs", number, "How many")->check(within(1, 9))->capture_default_str();
  option = only_option_of(*verb);
  EXPECT_EQ(option.value, "INT");
  EXPECT_THAT(option.words, IsEmpty());
  EXPECT_EQ(option.fallback, "7");
  EXPECT_EQ(option.note, "1 to 9");
}

TEST_F(CommandTree, KnowsFilesAndFolders) {
  verb->add_option("--photo", text, "")->type_name(file_value);
  EXPECT_EQ(only_option_of(*verb).value, file_value);
  verb->remove_option(verb->get_option("--photo"));
  verb->add_option("--photos", text, "")->type_name(folder_value)->check(one_of({"a"}));
  EXPECT_EQ(only_option_of(*verb).value, folder_value);
}

TEST_F(CommandTree, SaysWhatGoesWithWhat) {
  auto* cat = verb->add_flag("--cat", flag, "");
  auto* dog = verb->add_flag("--dog", flag, "")->excludes(cat);
  verb->add_flag("--leash", flag, "")->needs(dog);
  const auto command = read()[2];
  EXPECT_EQ(command.options[0].note, "not with --dog");
  EXPECT_EQ(command.options[1].note, "not with --cat");
  EXPECT_EQ(command.options[2].note, "needs --dog");
}

TEST_F(CommandTree, TakesTheOptionsOfAGroupForTheVerbs) {
  auto* what = verb->add_option_group("what", "Which");
  what->add_option("--by-name", text, "");
  what->add_option("--by-number", number, "");
  what->require_option(1);
  const auto commands = read();
  EXPECT_EQ(commands.size(), 3U);
  EXPECT_THAT(names_of(commands[2].options), ElementsAre("--by-name", "--by-number"));
  EXPECT_EQ(commands[2].options[0].note, "one of --by-name, --by-number");
  EXPECT_EQ(commands[2].options[1].note, "one of --by-name, --by-number");
}

TEST(Values, RefusesWhatIsNoneOfTheWords) {
  const auto words = one_of({"small", "big"});
  EXPECT_EQ(words(std::string("big")), "");
  EXPECT_EQ(words(std::string("Big")), "'Big' is none of small, big");
  EXPECT_EQ(words(std::string("")), "'' is none of small, big");
}

TEST(Values, GivesAWordOfAnyCaseAsItStands) {
  const auto words = one_of_in_any_case({"kwh", "mwh"});
  std::string word = "MWh";
  EXPECT_EQ(words(word), "");
  EXPECT_EQ(word, "mwh");
  word = "J";
  EXPECT_EQ(words(word), "'J' is none of kwh, mwh");
}

TEST(Values, HoldsNumbersToBounds) {
  const auto numbers = within(1, 9);
  EXPECT_EQ(numbers(std::string("9")), "");
  for (const auto* text : {"0", "10", "x", ""}) {
    EXPECT_NE(numbers(std::string(text)), "") << text;
  }
}

}  // namespace
}  // namespace wattback::cli

// The language of scenarios. A line is one action, and after "->" what is expected of it:
//
//   redeem u1 kettle key k1   -> insufficient_points  balance 0  stock 1
//   statement u1              -> redeemed -500, adjusted 500
//
// Before the arrow: a verb, what it needs in order, then options (a name and its value) and flags.
// After it: outcomes or an error's code, and facts (a name and its value); or, for a verb that
// lists, the rows in order with commas between them ("none": no rows). Text with blanks stands in
// double quotes; "#" begins a comment. `covers NAME...` names the rules (rules.txt) the scenario
// shows. The words are in vocabulary.h. Nothing here knows how an action is performed.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace wattback::scenarios {

// A scenario that can't be read; says where and why.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Fact {
  std::string name;
  std::string value;

  bool operator==(const Fact&) const = default;
};

struct Expectation {
  std::vector<std::string> words;  // outcomes, or one error code; empty: any success
  std::vector<Fact> facts;
  std::optional<std::vector<std::string>> rows;
};

struct Step {
  int line = 0;
  std::string text;  // the line itself
  std::string verb;
  std::map<std::string, std::string, std::less<>> arguments;  // flags with an empty value
  Expectation expected;

  bool has(std::string_view name) const { return arguments.contains(name); }
  const std::string& value(std::string_view name) const;  // of a position; must be there
  std::optional<std::string> find(std::string_view name) const;
};

struct Scenario {
  std::string file;
  std::vector<std::string> covers;
  std::vector<Step> steps;
};

// Throws Malformed, "FILE:LINE: why".
Scenario parse_scenario(std::string file, std::string_view text);

}  // namespace wattback::scenarios

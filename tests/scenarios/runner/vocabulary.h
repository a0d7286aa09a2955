// The words of scenarios. Lists of words are one text with blanks between them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wattback::scenarios {

struct Verb {
  std::string_view name;       // one word, or two
  std::string_view positions;  // what it needs, in order
  std::string_view options;    // what may follow, each with a value
  std::string_view flags;      // what may follow alone
  std::string_view words;      // its outcomes, beside the codes of errors
  std::string_view facts;      // what its answer holds
  bool rows = false;           // it lists: the answer is rows
};

std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);

std::vector<std::string_view> split(std::string_view words);
bool holds(std::string_view words, std::string_view word);

// What can be asked after any action that names a member or a reward (a `redemption` names both).
inline constexpr std::string_view member_facts = "balance owed carry entries";
inline constexpr std::string_view reward_facts = "stock stocked";
std::string facts_of(const Verb& verb);

bool is_error_code(std::string_view word);

}  // namespace wattback::scenarios

// What an option takes, beyond its C++ type: a word of a few, a number within bounds, a file, a
// folder. Who declares an option says it here, and what completes or describes the command line
// asks here.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/enum_names.h"

namespace wattback::cli {

// What stands for the value in --help: CLI::Option::type_name.
inline constexpr const char* file_value = "FILE";
inline constexpr const char* folder_value = "FOLDER";

// Takes one of these words and no other.
CLI::Validator one_of(const std::vector<std::string>& words);
// The same in letters of either case; the option gets the word as it stands here (by `transform`).
CLI::Validator one_of_in_any_case(const std::vector<std::string>& words);

// Takes a whole number, as an option of an integer type reads it.
CLI::Validator whole_number();

// Takes a whole number from `min` to `max`.
CLI::Validator within(std::int64_t min, std::int64_t max);

template <NamedEnum E>
std::vector<std::string> words_of() {
  std::vector<std::string> words;
  words.reserve(EnumNames<E>::rows.size());
  for (const auto& [value, word] : EnumNames<E>::rows) {
    words.emplace_back(word);
  }
  return words;
}

// The words that the option takes; none where any text will do.
std::vector<std::string> words_taken(CLI::Option& option);
// Its bounds, such as "1 to 1000"; empty where it has none.
std::string bounds(CLI::Option& option);

}  // namespace wattback::cli

#include "cli/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace wattback::cli {
namespace {

// Validators are found again by their names.
constexpr const char* words_validator = "words";
constexpr const char* bounds_validator = "bounds";
constexpr char between_words = '|';

std::string description(CLI::Option& option, const char* validator) {
  try {
    return option.get_validator(validator)->get_description();
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

CLI::Validator words_by(const std::vector<std::string>& words,
                        std::string (*fold)(std::string text)) {
  const auto find = [words, fold](std::string& text) -> std::string {
    const auto found = std::ranges::find_if(
        words, [&](const std::string& word) { return fold(word) == fold(text); });
    if (found == words.end()) {
      return fmt::format("'{}' is none of {}", text, fmt::join(words, ", "));
    }
    text = *found;
    return {};
  };
  return {find, fmt::format("{}", fmt::join(words, std::string(1, between_words))),
          words_validator};
}

}  // namespace

CLI::Validator one_of(const std::vector<std::string>& words) {
  return words_by(words, [](std::string text) { return text; });
}

CLI::Validator one_of_in_any_case(const std::vector<std::string>& words) {
  return words_by(words, [](std::string text) { return CLI::detail::to_lower(std::move(text)); });
}

CLI::Validator whole_number() {
  const auto read = [](const std::string& text) -> std::string {
    std::int64_t number = 0;
    return CLI::detail::lexical_cast(text, number) ? ""
                                                   : fmt::format("'{}' is no whole number", text);
  };
  return {[read](std::string& text) { return read(text); }, ""};
}

CLI::Validator within(std::int64_t min, std::int64_t max) {
  auto range = CLI::Range(min, max);
  range.description(fmt::format("{} to {}", min, max)).name(bounds_validator);
  return range;
}

std::vector<std::string> words_taken(CLI::Option& option) {
  const auto words = description(option, words_validator);
  return words.empty() ? std::vector<std::string>() : CLI::detail::split(words, between_words);
}

std::string bounds(CLI::Option& option) { return description(option, bounds_validator); }

}  // namespace wattback::cli

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"
#include "cli/values.h"

namespace wattback::cli {
namespace {

constexpr const char* walk = R"sh(
# Whether the words before the cursor name this command.
function __wattback_at
    set -l command wattback
    set -l is_value false
    for word in (commandline -opc)[2..]
        if $is_value
            set is_value false
        else if string match -q -- '-*' $word
            contains -- "$command $word" $__wattback_valued
            and set is_value true
        else if contains -- "$command $word" $__wattback_commands
            set command "$command $word"
        end
    end
    test "$command" = "$argv[1]"
end

complete -c wattback -f
)sh";

// In single quotes, where fish has two characters to escape.
std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text) {
    if (character == '\'' || character == '\\') {
      quoted += '\\';
    }
    quoted += character;
  }
  return quoted + "'";
}

// What `complete` says of a value.
std::string value_of(const Option& option) {
  if (option.value.empty()) {
    return "";
  }
  if (option.value == file_value) {
    return " -r -F";
  }
  if (option.value == folder_value) {
    return " -x -a '(__fish_complete_directories)'";
  }
  return option.words.empty() ? " -x" : fmt::format(" -x -a '{}'", fmt::join(option.words, " "));
}

// The line for a completion where this command stands.
std::string at(const Command& command, const std::string& what, const std::string& description) {
  return fmt::format("complete -c wattback -n {}{} -d {}\n",
                     fish_quoted("__wattback_at " + fish_quoted(command.name)), what,
                     fish_quoted(description));
}

std::string names_of(const Option& option) {
  std::string names;
  for (const auto& name : option.names) {
    names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return names;
}

std::string lines_of(const Command& command) {
  std::string lines;
  for (const auto& verb : command.verbs) {
    lines += at(command, " -a " + verb.name, verb.description);
  }
  for (const auto& option : command.all_options()) {
    lines += at(command, names_of(option) + value_of(option), option.description);
  }
  for (const auto& argument : command.arguments) {
    const bool completes = argument.value == file_value || !argument.words.empty();
    if (completes) {
      const auto words = fmt::format(" -a '{}'", fmt::join(argument.words, " "));
      lines += at(command, argument.words.empty() ? " -F" : words, argument.description);
    }
  }
  return lines;
}

std::string list(std::string_view name, const std::vector<std::string>& texts) {
  std::string list = fmt::format("\nset -g {}", name);
  for (const auto& text : texts) {
    list += fmt::format(" \\\n    {}", fish_quoted(text));
  }
  return list + "\n";
}

std::vector<std::string> valued_options(const std::vector<Command>& commands) {
  std::vector<std::string> valued;
  for (const auto& command : commands) {
    for (const auto& option : command.all_options()) {
      for (const auto& name : option.names) {
        if (!option.value.empty()) {
          valued.push_back(command.name + " " + name);
        }
      }
    }
  }
  return valued;
}

}  // namespace

std::string fish_completion(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  std::string lines;
  for (const auto& command : commands) {
    names.push_back(command.name);
    lines += lines_of(command);
  }
  return "# Completes wattback in fish; made by `wattback completion fish`.\n" +
         list("__wattback_commands", names) + list("__wattback_valued", valued_options(commands)) +
         walk + lines;
}

}  // namespace wattback::cli

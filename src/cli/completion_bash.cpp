#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/completion.h"
#include "cli/values.h"

namespace wattback::cli {
namespace {

// Readline cuts a line at = and : as well, so --role=Admin arrives as three words.
constexpr const char* walk = R"sh(
# Which command the words before the cursor name, and the option that the word at the cursor is for.
_wattback_find() {
  local word
  command=wattback option=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word == '=' ]]; then
      continue
    elif [[ -n $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      _wattback_value "$command $word" && option=$word
    elif _wattback_verbs "$command" && [[ " $words " == *" $word "* ]]; then
      command+=" $word"
    fi
  done
}

_wattback() {
  local command option words='' kind=''
  local current=${COMP_WORDS[COMP_CWORD]} typed=${COMP_LINE:0:COMP_POINT}
  COMPREPLY=()
  _wattback_find
  [[ $current != '=' ]] || current=
  while [[ $typed != *"$current" ]]; do # of the word, only what stands before the cursor
    current=${current%?}
  done
  words='' kind=
  if [[ -n $option ]]; then
    _wattback_value "$command $option"
  elif [[ $current == -* ]]; then
    _wattback_options "$command"
  else
    _wattback_verbs "$command" || _wattback_value "$command"
  fi
  case $kind in
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
}

complete -F _wattback wattback
)sh";

// What sets `words`, or `kind` where it is a file or a folder.
std::string assignment(const Option& option) {
  if (option.value == file_value) {
    return "kind='file'";
  }
  if (option.value == folder_value) {
    return "kind='folder'";
  }
  return fmt::format("words={}", in_single_quotes(fmt::format("{}", fmt::join(option.words, " "))));
}

// A function that assigns what belongs to its argument, and fails where nothing does.
std::string function(std::string_view comment, std::string_view name, const std::string& cases) {
  return fmt::format("\n# {}\n{}() {{\n  case $1 in\n{}    *) return 1 ;;\n  esac\n}}\n", comment,
                     name, cases);
}

std::string a_case(const std::string& pattern, const std::string& assignment) {
  return fmt::format("    {}) {} ;;\n", in_single_quotes(pattern), assignment);
}

std::string verbs_of(const Command& command) {
  std::vector<std::string> names;
  names.reserve(command.verbs.size());
  for (const auto& verb : command.verbs) {
    names.push_back(verb.name);
  }
  return names.empty()
             ? ""
             : a_case(command.name,
                      "words=" + in_single_quotes(fmt::format("{}", fmt::join(names, " "))));
}

std::string options_of(const Command& command) {
  std::vector<std::string> names;
  for (const auto& option : command.all_options()) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return a_case(command.name,
                "words=" + in_single_quotes(fmt::format("{}", fmt::join(names, " "))));
}

std::string values_of(const Command& command) {
  std::string cases;
  for (const auto& argument : command.arguments) {
    cases += a_case(command.name, assignment(argument));
  }
  for (const auto& option : command.all_options()) {
    for (const auto& name : option.names) {
      if (!option.value.empty()) {
        cases += a_case(command.name + " " + name, assignment(option));
      }
    }
  }
  return cases;
}

}  // namespace

std::string bash_completion(const std::vector<Command>& commands) {
  std::string verbs;
  std::string options;
  std::string values;
  for (const auto& command : commands) {
    verbs += verbs_of(command);
    options += options_of(command);
    values += values_of(command);
  }
  return "# Completes wattback in bash; made by `wattback completion bash`.\n" +
         function("The verbs that may follow a command.", "_wattback_verbs", verbs) +
         function("The options of a command.", "_wattback_options", options) +
         function("What an option of a command takes, or the command itself.", "_wattback_value",
                  values) +
         walk;
}

}  // namespace wattback::cli

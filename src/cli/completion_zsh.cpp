#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/completion.h"
#include "cli/values.h"

namespace wattback::cli {
namespace {

// The text with a backslash before each of these characters.
std::string escaped(std::string_view text, std::string_view characters) {
  std::string escaped;
  for (const char character : text) {
    if (characters.contains(character)) {
      escaped += '\\';
    }
    escaped += character;
  }
  return escaped;
}

// The action of _arguments that completes a value.
std::string action(const Option& option) {
  if (option.value == file_value) {
    return "_files";
  }
  if (option.value == folder_value) {
    return "_files -/";
  }
  return option.words.empty() ? " " : fmt::format("({})", fmt::join(option.words, " "));
}

// One name of an option for _arguments; a long one takes its value behind = as well.
std::string spec(const Option& option, const std::string& name) {
  const bool takes_value = !option.value.empty();
  return fmt::format("({}){}{}[{}]{}", fmt::join(option.names, " "), name,
                     takes_value && name.starts_with("--") ? "=" : "",
                     escaped(option.description, "[]:\\"),
                     takes_value ? fmt::format(":{}:{}", option.value, action(option)) : "");
}

std::string specs_of(const Command& command) {
  std::string specs;
  for (const auto& option : command.all_options()) {
    for (const auto& name : option.names) {
      specs += fmt::format(" \\\n    {}", in_single_quotes(spec(option, name)));
    }
  }
  for (const auto& argument : command.arguments) {
    specs += fmt::format(" \\\n    {}", in_single_quotes(fmt::format(
                                            ":{}:{}", argument.names.front(), action(argument))));
  }
  return specs;
}

std::string function_of(const std::string& command) {
  auto name = "_" + command;
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::string function(const Command& command) {
  if (command.verbs.empty()) {
    return fmt::format("\n{}() {{\n  _arguments -s{}\n}}\n", function_of(command.name),
                       specs_of(command));
  }
  std::string described;
  std::string cases;
  for (const auto& verb : command.verbs) {
    described += fmt::format("    {}\n",
                             in_single_quotes(verb.name + ":" + escaped(verb.description, ":\\")));
    cases +=
        fmt::format("        {}) {} ;;\n", verb.name, function_of(command.name + " " + verb.name));
  }
  return fmt::format(R"sh(
{0}() {{
  local context state state_descr line curcontext=$curcontext
  local -a verbs
  typeset -A opt_args
  verbs=(
{1}  )
  _arguments -s -C{2} \
    '1: :->verb' '*::: :->rest'
  case $state in
    verb) _describe -t verbs verb verbs ;;
    rest)
      words=("$line[1]" "${{words[@]}}")
      (( CURRENT += 1 ))
      case $line[1] in
{3}      esac
      ;;
  esac
}}
)sh",
                     function_of(command.name), described, specs_of(command), cases);
}

}  // namespace

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string script =
      "#compdef wattback\n# Completes wattback in zsh; made by `wattback completion zsh`.\n";
  for (const auto& command : commands) {
    script += function(command);
  }
  // The file is either sourced, or is itself the function that zsh loads for the first completion.
  return script + R"sh(
if [[ $funcstack[1] == _wattback ]]; then
  _wattback "$@"
else
  compdef _wattback wattback
fi
)sh";
}

}  // namespace wattback::cli

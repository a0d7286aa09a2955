#include "cli/command_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/values.h"

namespace wattback::cli {
namespace {

std::vector<std::string> names_of(const CLI::Option& option) {
  if (option.get_positional()) {
    return {option.get_name(true)};
  }
  std::vector<std::string> names;
  for (const auto& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const auto& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  return names;
}

// CLI11 puts what the validators say behind the type's own name.
std::string value_of(const CLI::Option& option) {
  const bool is_flag = option.get_items_expected_max() == 0;
  const auto type = option.get_type_name();
  return is_flag ? "" : type.substr(0, type.find(':'));
}

std::string join_names(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const auto* option : options) {
    names.push_back(option->get_name());
  }
  std::ranges::sort(names);  // the set is in the order of addresses
  return fmt::format("{}", fmt::join(names, ", "));
}

// What an option says of itself beside its description.
std::string note_of(CLI::Option& option) {
  std::vector<std::string> notes;
  if (auto within = bounds(option); !within.empty()) {
    notes.push_back(std::move(within));
  }
  if (!option.get_needs().empty()) {
    notes.push_back("needs " + join_names(option.get_needs()));
  }
  if (!option.get_excludes().empty()) {
    notes.push_back("not with " + join_names(option.get_excludes()));
  }
  return fmt::format("{}", fmt::join(notes, "; "));
}

Option read_option(CLI::Option& option) {
  return {.names = names_of(option),
          .value = value_of(option),
          .words = words_taken(option),
          .fallback = option.get_default_str(),
          .description = option.get_description(),
          .note = note_of(option),
          .required = option.get_required()};
}

bool is_group_of_options(const CLI::App& app) { return app.get_name().empty(); }

std::vector<CLI::App*> parts_of(CLI::App& app, bool groups_of_options) {
  return app.get_subcommands([groups_of_options](const CLI::App* part) {
    return is_group_of_options(*part) == groups_of_options;
  });
}

bool has_name(const std::vector<Option>& options, const std::string& name) {
  return std::ranges::any_of(options, [&](const Option& option) {
    return std::ranges::find(option.names, name) != option.names.end();
  });
}

// The options of a group; where one of them is to be given, each says so. CLI11 gives the group a
// --help as well.
void read_group(CLI::App& group, std::vector<Option>& options) {
  std::vector<Option> read;
  std::vector<std::string> names;
  for (auto* option : group.get_options()) {
    if (!has_name(options, option->get_name())) {
      read.push_back(read_option(*option));
      names.push_back(option->get_name());
    }
  }
  const bool is_choice = group.get_require_option_min() == 1 && group.get_require_option_max() == 1;
  for (auto& option : read) {
    if (is_choice) {
      option.note = fmt::format("one of {}", fmt::join(names, ", "));
    }
    options.push_back(std::move(option));
  }
}

void read_options(CLI::App& app, Command& command) {
  for (auto* option : app.get_options()) {
    auto& options = option->get_positional() ? command.arguments : command.options;
    options.push_back(read_option(*option));
  }
  for (auto* group : parts_of(app, true)) {
    read_group(*group, command.options);
  }
}

// What the command above takes, unless the one below gives the name a meaning of its own. --help,
// which each has, means the same everywhere.
void inherit(const Command& above, Command& command) {
  for (auto& option : above.all_options()) {
    std::erase_if(command.options, [&](const Option& own) {
      return own.names == option.names && own.description == option.description;
    });
    if (!has_name(command.options, option.names.back())) {
      command.inherited.push_back(std::move(option));
    }
  }
}

void read_command(CLI::App& app, const Command* above, std::vector<Command>& commands) {
  Command command{.name = app.get_name(), .description = app.get_description()};
  read_options(app, command);
  if (above != nullptr) {
    command.name = above->name + " " + command.name;
    if (app.get_fallthrough()) {
      inherit(*above, command);
    }
  }
  const auto verbs = parts_of(app, false);
  for (const auto* verb : verbs) {
    command.verbs.push_back({.name = verb->get_name(), .description = verb->get_description()});
  }
  commands.push_back(command);
  for (auto* verb : verbs) {
    read_command(*verb, &command, commands);
  }
}

}  // namespace

std::vector<Option> Command::all_options() const {
  auto all = options;
  all.insert(all.end(), inherited.begin(), inherited.end());
  return all;
}

std::vector<Command> read_commands(CLI::App& root) {
  std::vector<Command> commands;
  read_command(root, nullptr, commands);
  return commands;
}

}  // namespace wattback::cli

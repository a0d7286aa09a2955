#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"
#include "cli/exit_codes.h"

namespace wattback::cli {
namespace {

struct Example {
  std::string_view what;
  std::string_view command;
};

constexpr std::array<Example, 5> examples{{
    {"Begin a programme and its first member:",
     "wattback programme create --name \"Sunny Street\" --time-zone Europe/Lisbon\n"
     "wattback users create --email rosa@example.org --name Rosa"},
    {"Take in a file of readings, which may be done again without harm:",
     "wattback usage import docs/examples/green-button.xml --user rosa@example.org --energy-type "
     "Renewable"},
    {"Offer a reward, and redeem it:",
     "wattback rewards create --name \"LED bulbs\" --points-required 400 --stock 20\n"
     "wattback redemptions create --user rosa@example.org --reward \"LED bulbs\" --key rosa-1"},
    {"Where each point came from:", "wattback points statement --user rosa@example.org"},
    {"Whether everything still adds up:", "wattback audit"},
}};

constexpr std::string_view description =
    "Wattback runs an energy-savings loyalty programme. Households send in their energy use, earn "
    "points for renewable energy and spend them on rewards. The store is a SQLite file, or a "
    "MongoDB. Several commands may run at once on one store, beside a server; none undoes another.";

constexpr std::string_view about_settings =
    "A setting comes from the option of its name, from a variable of the environment, from a key "
    "of the file of settings (TOML) or from its default, in that order. `wattback config show` "
    "says which.";

std::string value_of(const Option& option) {
  return option.words.empty() ? option.value : fmt::format("{}", fmt::join(option.words, "|"));
}

bool is_argument(const Option& option) { return !option.names.front().starts_with('-'); }

// As it is typed: --role User|Admin; of an argument its name.
std::string usage_of(const Option& option) {
  const auto value = is_argument(option) ? "" : value_of(option);
  return fmt::format("{}{}{}", fmt::join(option.names, ", "), value.empty() ? "" : " ", value);
}

// What it is for, and in brackets what holds of it.
std::string explain(const Option& option) {
  std::vector<std::string> facts;
  if (option.required) {
    facts.emplace_back("required");
  }
  if (is_argument(option) && !option.words.empty()) {
    facts.push_back(fmt::format("one of {}", fmt::join(option.words, ", ")));
  }
  if (!option.note.empty()) {
    facts.push_back(option.note);
  }
  if (!option.fallback.empty()) {
    facts.push_back("default " + option.fallback);
  }
  return facts.empty() ? option.description
                       : fmt::format("{} ({})", option.description, fmt::join(facts, "; "));
}

std::string explain(const SettingDefinition& setting) {
  std::string text(setting.description);
  if (!setting.name.empty()) {
    text += fmt::format(" Key: {}.", setting.name);
  }
  if (!setting.fallback.empty()) {
    text += fmt::format(" Default: {}.", setting.fallback);
  }
  return text;
}

std::string sentence(const std::string& text) { return text.ends_with('.') ? text : text + "."; }

// The line that says how to call it.
std::string synopsis(const Command& command) {
  auto text = command.name + (command.verbs.empty() ? "" : " COMMAND");
  for (const auto& argument : command.arguments) {
    text += " " + argument.names.front();
  }
  for (const auto& option : command.options) {
    text += option.required ? " " + usage_of(option) : "";
  }
  return text + " [options]";
}

// In what man(7) reads as text. A dash that is typed must not become a hyphen.
std::string roff(std::string_view text) {
  std::string escaped;
  bool begins_line = true;
  for (const char character : text) {
    if (begins_line && (character == '.' || character == '\'')) {
      escaped += "\\&";
    }
    if (character == '-') {
      escaped += "\\-";
    } else if (character == '\\') {
      escaped += "\\e";
    } else {
      escaped += character;
    }
    begins_line = character == '\n';
  }
  return escaped;
}

// A term in bold, and what is said of it.
std::string roff_item(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(term), roff(text));
}

std::string roff_options(const Command& command) {
  std::string text;
  for (const auto& argument : command.arguments) {
    text += roff_item(usage_of(argument), explain(argument));
  }
  for (const auto& option : command.options) {
    text += roff_item(usage_of(option), explain(option));
  }
  return text;
}

std::string roff_commands(std::span<const Command> commands) {
  std::string text;
  for (const auto& command : commands) {
    text += fmt::format(".SS \"{}\"\n{}\n.PP\n.nf\n{}\n.fi\n{}", roff(command.name),
                        roff(sentence(command.description)), roff(synopsis(command)),
                        roff_options(command));
  }
  return text;
}

std::string roff_environment(const Manual& manual) {
  auto text = fmt::format(".SH ENVIRONMENT\n{}\n", roff(about_settings));
  for (const auto& setting : manual.settings) {
    text += roff_item(setting.variable, explain(setting));
  }
  return text + roff_item("NO_COLOR", "Set: no colours on a terminal.");
}

// Where there is a file or folder unless a setting says otherwise.
std::string roff_files(const Manual& manual) {
  std::string text = ".SH FILES\n";
  for (const auto& setting : manual.settings) {
    if (setting.fallback.starts_with("./")) {
      text += roff_item(setting.fallback, setting.description);
    }
  }
  return text;
}

std::string roff_exit_status() {
  std::string text = ".SH \"EXIT STATUS\"\n";
  for (const auto& [code, meaning] : exit_codes) {
    text += roff_item(fmt::format("{}", static_cast<int>(code)), meaning);
  }
  return text;
}

std::string roff_examples() {
  std::string text;
  for (const auto& example : examples) {
    text += fmt::format("{}{}\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n",
                        text.empty() ? ".SH EXAMPLES\n" : ".PP\n", roff(example.what),
                        roff(example.command));
  }
  return text;
}

std::string markdown_options(const Command& command) {
  std::string text;
  for (const auto* options : {&command.arguments, &command.options}) {
    for (const auto& option : *options) {
      text += fmt::format("- `{}`: {}\n", usage_of(option), explain(option));
    }
  }
  return text.empty() ? "" : "\n" + text;
}

std::string markdown_commands(const Manual& manual) {
  std::string text;
  for (const auto& command : manual.commands) {
    const bool is_of_group = std::ranges::count(command.name, ' ') > 1;
    text +=
        fmt::format("\n{} {}\n\n{}\n\n    {}\n{}", is_of_group ? "###" : "##", command.name,
                    sentence(command.description), synopsis(command), markdown_options(command));
  }
  return text;
}

std::string markdown_settings(const Manual& manual) {
  auto text = fmt::format("\n## Settings\n\n{}\n\n", about_settings);
  std::string file;
  for (const auto& setting : manual.settings) {
    text += fmt::format("- `{}`: {}\n", setting.variable, explain(setting));
    if (!setting.name.empty() && !setting.fallback.empty()) {
      file += fmt::format("{} = \"{}\"\n", setting.name, setting.fallback);
    }
  }
  return text + "\nA file of settings that changes nothing:\n\n```toml\n" + file + "```\n";
}

std::string markdown_exit_codes() {
  std::string text = "\n## Exit codes\n\n";
  for (const auto& [code, meaning] : exit_codes) {
    text += fmt::format("- {}: {}\n", static_cast<int>(code), meaning);
  }
  return text;
}

json::array form_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::array form_of(const std::vector<Option>& options) {
  json::array form;
  for (const auto& option : options) {
    form.push_back(json::object{{"names", form_of(option.names)},
                                {"value", option.value},
                                {"words", form_of(option.words)},
                                {"default", option.fallback},
                                {"description", option.description},
                                {"note", option.note},
                                {"required", option.required}});
  }
  return form;
}

json::object form_of(const Command& command) {
  json::array verbs;
  for (const auto& verb : command.verbs) {
    verbs.push_back(json::string(verb.name));
  }
  return {{"command", command.name},
          {"description", command.description},
          {"verbs", std::move(verbs)},
          {"arguments", form_of(command.arguments)},
          {"options", form_of(command.options)},
          {"inherited", form_of(command.inherited)}};
}

}  // namespace

std::string to_roff(const Manual& manual) {
  check(!manual.commands.empty());
  const auto& root = manual.commands.front();
  // The page is of a version; it has no day.
  return fmt::format(
             ".TH WATTBACK 1 \"\" \"wattback {}\" \"User Commands\"\n"
             ".SH NAME\nwattback \\- run an energy\\-savings loyalty programme\n"
             ".SH SYNOPSIS\n.B {}\n.SH DESCRIPTION\n{}\n.SH OPTIONS\n"
             "Of every command, wherever they stand:\n",
             WATTBACK_VERSION, roff(synopsis(root)), roff(description)) +
         roff_options(root) + ".SH COMMANDS\n" +
         roff_commands(std::span(manual.commands).subspan(1)) + roff_environment(manual) +
         roff_files(manual) + roff_exit_status() + roff_examples() +
         ".SH \"SEE ALSO\"\n.BR sqlite3 (1)\n";
}

std::string to_markdown(const Manual& manual) {
  return "# Commands\n\nEvery command, option, setting and exit code, as `wattback man` has them. "
         "This page is what\n`wattback man --format markdown` prints.\n" +
         markdown_commands(manual) + markdown_settings(manual) + markdown_exit_codes();
}

json::object form_of(const Manual& manual) {
  json::array commands;
  for (const auto& command : manual.commands) {
    commands.push_back(form_of(command));
  }
  json::array settings;
  for (const auto& setting : manual.settings) {
    settings.push_back(json::object{{"name", setting.name},
                                    {"variable", setting.variable},
                                    {"default", setting.fallback},
                                    {"description", setting.description}});
  }
  json::array codes;
  for (const auto& [code, meaning] : exit_codes) {
    codes.push_back(json::object{{"code", static_cast<int>(code)}, {"meaning", meaning}});
  }
  json::array shown;
  for (const auto& example : examples) {
    shown.push_back(json::object{{"description", example.what}, {"command", example.command}});
  }
  return {{"commands", std::move(commands)},
          {"settings", std::move(settings)},
          {"exit_codes", std::move(codes)},
          {"examples", std::move(shown)}};
}

}  // namespace wattback::cli

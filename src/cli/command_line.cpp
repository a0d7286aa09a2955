#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <system_error>

#include "base/check.h"
#include "cli/exit_codes.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "earning/commands.h"
#include "store/read.h"

namespace wattback::cli {
namespace {

constexpr const char* default_programme_name = "Wattback";

ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return exit_invalid;
    case ErrorCode::not_found:
      return exit_not_found;
    case ErrorCode::unauthenticated:
    case ErrorCode::forbidden:
    case ErrorCode::insufficient_points:
    case ErrorCode::out_of_stock:
    case ErrorCode::last_administrator:
    case ErrorCode::limit_exceeded:
      return exit_refused;
    case ErrorCode::already_exists:
    case ErrorCode::conflict:
    case ErrorCode::key_reused:
    case ErrorCode::precondition_failed:
      return exit_conflict;
    case ErrorCode::too_many_tries:
    case ErrorCode::overloaded:
    case ErrorCode::unavailable:
      return exit_unavailable;
    case ErrorCode::internal:
      return exit_failed;
  }
  check(false);
  return exit_failed;
}

json::object form_of(const Error& error) {
  json::array fields;
  for (const auto& field : error.fields) {
    fields.push_back(
        json::object{{"pointer", field.pointer}, {"code", field.code}, {"detail", field.detail}});
  }
  json::object form{
      {"code", to_text(error.code)}, {"detail", error.detail}, {"errors", std::move(fields)}};
  if (!error.log.empty()) {
    form["reason"] = error.log;  // who runs the command line is the operator
  }
  return {{"error", std::move(form)}};
}

int tell(const Invocation& invocation, const Error& error) {
  auto& environment = invocation.environment;
  const auto* red = environment.color ? "\x1b[31m" : "";
  const auto* plain = environment.color ? "\x1b[0m" : "";
  *environment.err << red << "wattback: " << plain << error.detail
                   << (error.log.empty() ? "" : ": " + error.log) << "\n";
  if (invocation.json) {
    *environment.out << to_json_text(form_of(error)) << "\n";
  }
  return exit_code(error.code);
}

// A list that stops says how to go on, to people as well.
void tell_of_more(const Invocation& invocation, const Answer& answer) {
  const auto* object = answer.data.if_object();
  const auto* cursor = object == nullptr ? nullptr : object->if_contains("next_cursor");
  if (cursor != nullptr && cursor->is_string()) {
    *invocation.environment.err << "(there is more; --cursor " << cursor->as_string().c_str()
                                << " goes on)\n";
  }
}

int tell(const Invocation& invocation, const Answer& answer) {
  auto& out = *invocation.environment.out;
  if (invocation.json) {
    out << to_json_text(answer.data) << "\n";
  } else {
    out << answer.text.value_or(render(answer.data));
  }
  out.flush();
  tell_of_more(invocation, answer);
  if (!out) {
    *invocation.environment.err << "wattback: the output could not be written\n";
    return exit_failed;
  }
  return answer.exit_code;
}

// Where what the store and the system throw is caught, once.
int run_verb(const Invocation& invocation, const Run& verb) {
  try {
    const auto answer = verb(invocation);
    return answer ? tell(invocation, *answer) : tell(invocation, answer.error());
  } catch (const BadSettings& error) {
    return tell(invocation, fail(ErrorCode::invalid, error.what()).error());
  } catch (const store::StoreMissing& error) {
    const auto hint = fmt::format("{}; wattback programme create makes one", error.what());
    return tell(invocation, fail(ErrorCode::not_found, hint).error());
  } catch (const store::StoreUnavailable& error) {
    return tell(invocation, fail(ErrorCode::unavailable, error.what()).error());
  } catch (const store::CommitUnknown& error) {
    return tell(invocation, fail(ErrorCode::unavailable, error.what()).error());
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {
      const auto why = fmt::format("no thread could be started: {}", error.what());
      return tell(invocation, fail(ErrorCode::unavailable, why).error());
    }
    return tell(invocation, fail(ErrorCode::internal, error.what()).error());
  } catch (const std::exception& error) {
    return tell(invocation, fail(ErrorCode::internal, error.what()).error());
  }
}

void add_groups(Verbs& verbs) {
  add_programme(verbs);
  add_users(verbs);
  add_meters(verbs);
  add_usage(verbs);
  add_imports(verbs);
  add_rules(verbs);
  add_points(verbs);
  add_rewards(verbs);
  add_redemptions(verbs);
  add_tokens(verbs);
  add_audit(verbs);
  add_migrate(verbs);
  add_config(verbs);
  add_demo(verbs);
  add_serve(verbs);
  add_completion(verbs);
  add_manual(verbs);
  add_version(verbs);
}

// An option of a whole number says itself what is none, as every other does of its values.
void check_whole_numbers(CLI::App& app) {
  for (auto* option : app.get_options()) {
    const auto type = option->get_type_name();
    if (type.starts_with("INT") || type.starts_with("UINT")) {
      option->check(whole_number());
    }
  }
  for (auto* part : app.get_subcommands([](CLI::App* /*any*/) { return true; })) {
    check_whole_numbers(*part);
  }
}

// The group or verb that was chosen last; the root where none was.
const CLI::App& innermost(const CLI::App& root) {
  const auto* app = &root;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
  }
  return *app;
}

std::string full_name(const CLI::App& app) {
  const auto* parent = app.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + app.get_name();
}

void append_given(const CLI::App& verb, std::string& text) {
  for (const auto* option : verb.get_options()) {
    const auto name = option->get_name();
    if (option->count() != 0 && name != "--limit" && name != "--cursor") {
      text += fmt::format(" {}={}", name, fmt::join(option->results(), ","));
    }
  }
  for (const auto* part : verb.get_subcommands([](const CLI::App* /*any*/) { return true; })) {
    append_given(*part, text);  // option groups
  }
}

// The verb and what was given to it, whatever the order.
std::string what_is_asked(const CLI::App& root) {
  const auto& verb = innermost(root);
  auto text = full_name(verb);
  append_given(verb, text);
  return text;
}

// The words nobody knows. An address may hold a password, and is not repeated.
std::vector<std::string> unknown_words(const CLI::App& root) {
  auto words = root.remaining(true);
  for (auto& word : words) {
    if (word.contains("://")) {
      word = "...";
    }
  }
  return words;
}

// What is wrong with a command line; of a word that names nothing, what would.
std::string describe(const CLI::App& root, const CLI::ParseError& error) {
  const auto& app = innermost(root);
  const auto verbs =
      app.get_subcommands([](const CLI::App* verb) { return !verb->get_name().empty(); });
  const auto left = unknown_words(root);
  if (verbs.empty() && !left.empty()) {
    return fmt::format("'{}' does not take '{}'", full_name(app), fmt::join(left, " "));
  }
  if (verbs.empty() || (left.empty() && error.get_name() != "RequiredError")) {
    return error.what();
  }
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const auto* verb : verbs) {
    names.push_back(verb->get_name());
  }
  return fmt::format("'{}' needs one of {}{}", full_name(app), fmt::join(names, ", "),
                     left.empty() ? "" : fmt::format("; it has no '{}'", left.front()));
}

// A command line that can't be read, or that asks for help.
int tell(const Invocation& invocation, const CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    return root.exit(error, *invocation.environment.out, *invocation.environment.err);
  }
  const int code = tell(invocation, fail(ErrorCode::invalid, describe(root, error)).error());
  *invocation.environment.err << full_name(innermost(root)) << " --help says more\n";
  return code;
}

}  // namespace

std::unique_ptr<Session> Invocation::open(Opening opening) const {
  return environment.open(settings, opening);
}

std::unique_ptr<Session> Invocation::open_or_start() const {
  auto session = open(Opening::create);
  if (!store::fetch(session->store(), programme::codec(), programme::key())) {
    const auto started = session->committer().run(earning::StartProgramme{
        .name = default_programme_name, .actor = operator_actor, .now = environment.now()});
    // Another process may have made it meanwhile: that is as good.
    if (!started && started.error().code != ErrorCode::already_exists) {
      throw store::StoreUnavailable(started.error().detail);
    }
  }
  return session;
}

Result<void> Invocation::confirm(const std::string& question) const {
  if (yes) {
    return {};
  }
  if (environment.in_is_terminal && environment.err_is_terminal) {
    *environment.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(*environment.in, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") {
      return {};
    }
    return fail(ErrorCode::forbidden, "nothing was done");
  }
  return fail(ErrorCode::forbidden, question + " Say --yes to do it.");
}

int run(Environment& environment, const std::vector<std::string>& arguments) {
  CLI::App root(
      "Wattback: households send in their energy use, earn points and spend them on rewards.",
      "wattback");
  root.require_subcommand(1);
  root.set_version_flag("--version", "wattback " WATTBACK_VERSION);
  Invocation invocation{.environment = environment, .settings = {}};
  root.add_option("--data-dir", invocation.settings.data_dir, "The folder of the embedded store")
      ->type_name(folder_value);
  root.add_option(
      "--store", invocation.settings.store,
      "The store: file:PATH, mongodb://... or mongodb+srv://... (a password belongs into "
      "the file that WATTBACK_STORE_FILE names)");
  root.add_flag("--json", invocation.json, "One JSON object on the last line of standard output");
  root.add_flag("--yes", invocation.yes, "Do what can't be undone without asking");
  Verbs verbs(root);
  add_groups(verbs);
  check_whole_numbers(root);
  try {
    // CLI11 takes them from the last to the first.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    invocation.json = std::ranges::find(arguments, "--json") != arguments.end();
    return tell(invocation, root, error);
  }
  invocation.asked = what_is_asked(root);
  return run_verb(invocation, verbs.chosen());
}

}  // namespace wattback::cli

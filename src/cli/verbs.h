// How a group of the command line is written: a verb is a struct of options, a function that
// declares them and a function that runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "cli/environment.h"
#include "cli/render.h"

namespace wattback::cli {

// What a verb answers: data for --json, and for people the same rendered, unless it says it better.
struct Answer {
  json::value data;
  std::optional<std::string> text;
  int exit_code = 0;
};

// One run of a verb: what is shared by all of them.
struct Invocation {
  Environment& environment;
  GivenSettings settings;
  bool json = false;
  bool yes = false;
  std::string asked;  // the verb and its filters: what a page's cursor belongs to

  std::unique_ptr<Session> open(Opening opening = Opening::existing) const;

  // Opens the store, making it and the programme with defaults where there is none.
  std::unique_ptr<Session> open_or_start() const;

  // Whether the operator agrees to what can't be undone: --yes, or typed at a terminal. `forbidden`
  // otherwise.
  Result<void> confirm(const std::string& question) const;
};

using Run = std::function<Result<Answer>(const Invocation&)>;

// Where the groups declare their verbs; holds the one that was chosen.
class Verbs {
 public:
  explicit Verbs(CLI::App& root) : root_(&root) {}

  CLI::App* group(const std::string& name, const std::string& description) {
    auto* group = root_->add_subcommand(name, description);
    group->require_subcommand(1);
    group->fallthrough();
    return group;
  }

  // A verb of the group; of no group, one that stands alone.
  template <class Options>
  void add(CLI::App* group, const std::string& name, const std::string& description,
           void (*declare)(CLI::App&, Options&),
           Result<Answer> (*run)(const Invocation&, const Options&)) {
    auto* verb = (group == nullptr ? root_ : group)->add_subcommand(name, description);
    verb->fallthrough();
    const auto options = std::make_shared<Options>();
    declare(*verb, *options);
    verb->callback([this, options, run] {
      chosen_ = [options, run](const Invocation& invocation) { return run(invocation, *options); };
    });
  }

  const Run& chosen() const { return chosen_; }

 private:
  CLI::App* root_;
  Run chosen_;
};

// All of the command line, from a part of it.
inline CLI::App& root_of(CLI::App& app) {
  return app.get_parent() == nullptr ? app : root_of(*app.get_parent());
}

// The groups, one file each.
void add_programme(Verbs& verbs);
void add_users(Verbs& verbs);
void add_meters(Verbs& verbs);
void add_usage(Verbs& verbs);
void add_imports(Verbs& verbs);
void add_rules(Verbs& verbs);
void add_points(Verbs& verbs);
void add_rewards(Verbs& verbs);
void add_redemptions(Verbs& verbs);
void add_tokens(Verbs& verbs);
void add_audit(Verbs& verbs);
void add_migrate(Verbs& verbs);
void add_config(Verbs& verbs);
void add_demo(Verbs& verbs);
void add_serve(Verbs& verbs);
void add_completion(Verbs& verbs);
void add_manual(Verbs& verbs);
void add_version(Verbs& verbs);

}  // namespace wattback::cli

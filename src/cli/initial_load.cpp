// users import, rewards import.
#include "cli/initial_load.h"

#include "cli/rejected_lines.h"
#include "cli/values.h"
#include "importers/initial_load.h"

namespace wattback::cli {
namespace {

struct LoadOptions {
  std::string file;
  bool dry_run = false;
  std::optional<std::string> errors;
};

void declare(CLI::App& verb, LoadOptions& options) {
  verb.add_option("file", options.file, "CSV or NDJSON; - for standard input; gzip is unpacked")
      ->required()
      ->type_name(file_value);
  verb.add_flag("--dry-run", options.dry_run, "Say what would happen, and write nothing");
  verb.add_option("--errors", options.errors, "Write rejected lines and reasons to this file")
      ->type_name(file_value);
}

using Load = decltype(&importers::load_users);

Result<Answer> run(const Invocation& invocation, const LoadOptions& options, Load load) {
  auto input = importers::Input::open(options.file);
  if (!input) {
    return std::unexpected(input.error());
  }
  const auto session = options.dry_run ? invocation.open() : invocation.open_or_start();
  RejectedLines rejected(invocation.environment);
  if (const auto opened = rejected.open(options.errors, options.file); !opened) {
    return std::unexpected(opened.error());
  }
  ProgressBar bar(invocation.environment, "importing");
  const auto observer = observe(bar, rejected);
  const auto mode = options.dry_run ? importers::LoadMode::dry_run : importers::LoadMode::commit;
  const auto counts = load(session->store(), session->committer(), invocation.environment.now,
                           *input, operator_actor, mode, observer);
  const bool told = rejected.finish();
  if (!counts) {
    return std::unexpected(counts.error());
  }
  return Answer{.data = json::object{{"read", counts->read},
                                     {"created", counts->created},
                                     {"changed", counts->changed},
                                     {"unchanged", counts->unchanged},
                                     {"rejected", counts->rejected},
                                     {"dry_run", options.dry_run}},
                .exit_code = told && counts->rejected == 0 ? 0 : 1};
}

Result<Answer> import_users(const Invocation& invocation, const LoadOptions& options) {
  return run(invocation, options, &importers::load_users);
}

Result<Answer> import_rewards(const Invocation& invocation, const LoadOptions& options) {
  return run(invocation, options, &importers::load_rewards);
}

}  // namespace

void add_users_import(Verbs& verbs, CLI::App* group) {
  verbs.add<LoadOptions>(group, "import",
                         "Make or change users: email, name, role, time_zone, opening_points",
                         declare, import_users);
}

void add_rewards_import(Verbs& verbs, CLI::App* group) {
  verbs.add<LoadOptions>(
      group, "import", "Make or change rewards: name, description, points_required, opening_stock",
      declare, import_rewards);
}

}  // namespace wattback::cli

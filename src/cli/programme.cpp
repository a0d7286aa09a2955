// programme: create, show, set, summary.
#include "base/text.h"
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/rules_file.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "earning/commands.h"
#include "operations/summary.h"
#include "programme/commands.h"
#include "store/read.h"

namespace wattback::cli {
namespace {

struct CreateOptions {
  std::string name;
  std::string time_zone;
  std::optional<std::string> rules;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  verb.add_option("--name", options.name, "What members call the programme")->required();
  verb.add_option("--time-zone", options.time_zone, "IANA zone of members who state none")
      ->required();
  verb.add_option("--rules", options.rules, "A JSON file with points_per_kwh and daily_cap")
      ->type_name(file_value);
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  const auto zone = parse_zone(options.time_zone);
  if (!zone) {
    return std::unexpected(zone.error());
  }
  if (const auto name = parse_text("name", options.name, programme::name_max); !name) {
    return std::unexpected(name.error());  // before a store is made for it
  }
  auto terms = options.rules ? read_rules_file(*options.rules)
                             : Result<earning::RuleTerms>(earning::default_terms());
  if (!terms) {
    return std::unexpected(terms.error());
  }
  const auto session = invocation.open(Opening::create);
  const auto programme =
      session->committer().run(earning::StartProgramme{.name = options.name,
                                                       .time_zone = **zone,
                                                       .terms = std::move(*terms),
                                                       .actor = operator_actor,
                                                       .now = invocation.environment.now()});
  if (!programme) {
    return std::unexpected(programme.error());
  }
  return Answer{.data = form_of(*programme)};
}

Result<Answer> show(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto session = invocation.open();
  const auto programme = store::fetch(session->store(), programme::codec(), programme::key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  return Answer{.data = form_of(*programme)};
}

struct SetOptions {
  std::optional<std::string> name;
  std::optional<std::string> time_zone;
  std::optional<bool> self_reporting;
};

void declare_set(CLI::App& verb, SetOptions& options) {
  verb.add_option("--name", options.name, "Another name");
  verb.add_option("--time-zone", options.time_zone, "Another IANA zone; fixed meters keep theirs");
  verb.add_option("--self-reporting", options.self_reporting,
                  "Whether members may record their own usage")
      ->check(one_of({"true", "false"}));
}

Result<Answer> set(const Invocation& invocation, const SetOptions& options) {
  const auto zone = parse_zone(options.time_zone);
  if (!zone) {
    return std::unexpected(zone.error());
  }
  const auto session = invocation.open();
  const auto programme =
      session->committer().run(programme::EditProgramme{.name = options.name,
                                                        .time_zone = *zone,
                                                        .self_reporting = options.self_reporting,
                                                        .expected_edition = std::nullopt});
  if (!programme) {
    return std::unexpected(programme.error());
  }
  return Answer{.data = form_of(*programme)};
}

Result<Answer> summary(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto session = invocation.open();
  const auto summary = operations::summarise(session->store());
  if (!summary) {
    return std::unexpected(summary.error());
  }
  return Answer{.data = form_of(*summary)};
}

}  // namespace

void add_programme(Verbs& verbs) {
  auto* group = verbs.group("programme", "The programme's own settings");
  verbs.add<CreateOptions>(group, "create", "Make the store and the programme", declare_create,
                           create);
  verbs.add<NoOptions>(group, "show", "The settings", declare_none, show);
  verbs.add<SetOptions>(group, "set", "Change name, time zone or self-reporting", declare_set, set);
  verbs.add<NoOptions>(group, "summary", "Members, points, pending redemptions and energy",
                       declare_none, summary);
}

}  // namespace wattback::cli

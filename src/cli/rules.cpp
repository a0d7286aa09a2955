// rules: publish, list, show.
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/rules_file.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "earning/commands.h"
#include "earning/reads.h"

namespace wattback::cli {
namespace {

struct PublishOptions {
  std::string rules;
  std::string effective_day;
  std::int64_t follows = 0;
};

void declare_publish(CLI::App& verb, PublishOptions& options) {
  verb.add_option("--rules", options.rules, "A JSON file with points_per_kwh and daily_cap")
      ->required()
      ->type_name(file_value);
  verb.add_option("--effective-day", options.effective_day,
                  "The first day in force, at least two days from today")
      ->required();
  verb.add_option("--follows", options.follows, "The version it comes after")->required();
}

Result<Answer> publish(const Invocation& invocation, const PublishOptions& options) {
  auto terms = read_rules_file(options.rules);
  if (!terms) {
    return std::unexpected(terms.error());
  }
  const auto day = parse_day_option("--effective-day", options.effective_day);
  if (!day) {
    return std::unexpected(day.error());
  }
  const auto session = invocation.open();
  const auto rules =
      session->committer().run(earning::PublishRules{.follows = options.follows,
                                                     .effective_day = *day,
                                                     .terms = std::move(*terms),
                                                     .actor = operator_actor,
                                                     .now = invocation.environment.now()});
  if (!rules) {
    return std::unexpected(rules.error());
  }
  return Answer{.data = form_of(*rules)};
}

Result<Answer> list(const Invocation& invocation, const PageOptions& options) {
  static const auto shape = shape_of(earning::collection, store::primary_index);
  const auto session = invocation.open();
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return earning::list(session->store(), limit, std::move(after));
  };
  return list_page(invocation, options, shape, read);
}

struct ShowOptions {
  std::int64_t version = 1;
};

void declare_show(CLI::App& verb, ShowOptions& options) {
  verb.add_option("--version", options.version, "The version's number")->required();
}

Result<Answer> show(const Invocation& invocation, const ShowOptions& options) {
  const auto session = invocation.open();
  const auto rules = earning::find(session->store(), options.version);
  if (!rules) {
    return fail(ErrorCode::not_found,
                "there is no version " + std::to_string(options.version) + " of the rules");
  }
  return Answer{.data = form_of(*rules)};
}

}  // namespace

void add_rules(Verbs& verbs) {
  auto* group = verbs.group("rules", "How energy earns points, by version");
  verbs.add<PublishOptions>(group, "publish", "Publish the next version", declare_publish, publish);
  verbs.add<PageOptions>(group, "list", "The versions, oldest first", declare_page, list);
  verbs.add<ShowOptions>(group, "show", "One version", declare_show, show);
}

}  // namespace wattback::cli

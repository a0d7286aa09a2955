// meters: create, list, relabel.
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"
#include "meters/commands.h"
#include "meters/reads.h"

namespace wattback::cli {
namespace {

struct CreateOptions {
  std::string user;
  std::string label;
  std::optional<std::string> identifier;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--label", options.label, "What the member calls it")->required();
  verb.add_option("--identifier", options.identifier, "The meter data source's own name for it");
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto meter = session->committer().run(meters::CreateMeter{
      .user = user->user_id,
      .meter = meters::draft(session->store(), user->user_id, options.label, options.identifier)});
  if (!meter) {
    return std::unexpected(meter.error());
  }
  return Answer{.data = form_of(*meter)};
}

struct ListOptions {
  std::string user;
  PageOptions page = {};
};

void declare_list(CLI::App& verb, ListOptions& options) {
  declare_user(verb, options.user);
  declare_page(verb, options.page);
}

Result<Answer> list(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(meters::collection, meters::index_label);
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return meters::list(session->store(), user->user_id, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

struct RelabelOptions {
  std::string user;
  std::string label;
  std::string new_label;
};

void declare_relabel(CLI::App& verb, RelabelOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--label", options.label, "The label it has")->required();
  verb.add_option("--new-label", options.new_label, "The label it gets")->required();
}

Result<Answer> relabel(const Invocation& invocation, const RelabelOptions& options) {
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto meter = meters::find_by_label(session->store(), user->user_id, options.label);
  if (!meter) {
    return fail(ErrorCode::not_found, "the member has no meter labelled '" + options.label + "'");
  }
  const auto relabelled = session->committer().run(meters::RelabelMeter{
      .user = user->user_id, .meter = meter->meter_id, .label = options.new_label});
  if (!relabelled) {
    return std::unexpected(relabelled.error());
  }
  return Answer{.data = form_of(*relabelled)};
}

}  // namespace

void add_meters(Verbs& verbs) {
  auto* group = verbs.group("meters", "Where a member's readings come from");
  verbs.add<CreateOptions>(group, "create", "Make a meter before its first reading", declare_create,
                           create);
  verbs.add<ListOptions>(group, "list", "A member's meters by label", declare_list, list);
  verbs.add<RelabelOptions>(group, "relabel", "Change a meter's label", declare_relabel, relabel);
}

}  // namespace wattback::cli

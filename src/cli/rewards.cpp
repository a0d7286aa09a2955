// rewards: create, list, show, edit, archive, restore, stock, movements.
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/initial_load.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"
#include "rewards/commands.h"
#include "rewards/reads.h"

namespace wattback::cli {
namespace {

struct CreateOptions {
  std::string name;
  std::string description;
  std::int64_t points_required = 0;
  std::int64_t stock = 0;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  verb.add_option("--name", options.name, "Name; unique")->required();
  verb.add_option("--description", options.description, "What members read about it");
  verb.add_option("--points-required", options.points_required, "Its price in points")->required();
  verb.add_option("--stock", options.stock, "Units to begin with")->required();
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  const auto session = invocation.open_or_start();
  const auto now = invocation.environment.now();
  const auto reward = session->committer().run(
      rewards::CreateReward{.reward = {make_uuid_v7(now)},
                            .name = options.name,
                            .description = options.description,
                            .points_required = Points{options.points_required},
                            .stock = options.stock,
                            .actor = operator_actor,
                            .now = now});
  if (!reward) {
    return std::unexpected(reward.error());
  }
  return Answer{.data = form_of(*reward)};
}

struct ListOptions {
  std::optional<std::string> user;
  bool affordable = false;
  bool in_stock = false;
  bool archived_too = false;
  PageOptions page = {};
};

void declare_list(CLI::App& verb, ListOptions& options) {
  auto* user = verb.add_option("--user", options.user, "Show what this member's balance lacks");
  verb.add_flag("--affordable", options.affordable, "Only what that balance reaches")->needs(user);
  verb.add_flag("--in-stock", options.in_stock, "Only what is in stock");
  verb.add_flag("--archived-too", options.archived_too, "Archived ones as well");
  declare_page(verb, options.page);
}

Result<Answer> list(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(rewards::collection, rewards::index_points_required);
  const auto session = invocation.open();
  std::optional<Points> balance;
  if (options.user) {
    const auto user = user_by_email(*session, *options.user);
    if (!user) {
      return std::unexpected(user.error());
    }
    balance = user->total_points;
  }
  const rewards::CatalogFilter filter{
      .affordable_with = options.affordable ? balance : std::nullopt,
      .in_stock = options.in_stock,
      .archived_too = options.archived_too};
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return rewards::catalog(session->store(), filter, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read, [&balance](const auto& reward) {
    auto form = form_of(reward);
    if (balance) {
      form["points_missing"] = rewards::points_missing(reward, *balance).count;
    }
    return form;
  });
}

struct NameOptions {
  std::string name;
};

void declare_name(CLI::App& verb, NameOptions& options) {
  verb.add_option("--name", options.name, "The reward's name")->required();
}

Result<Answer> show(const Invocation& invocation, const NameOptions& options) {
  const auto session = invocation.open();
  const auto reward = reward_by_name(*session, options.name);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  return Answer{.data = form_of(*reward)};
}

struct EditOptions {
  std::string name;
  std::optional<std::string> new_name;
  std::optional<std::string> description;
  std::optional<std::int64_t> points_required;
};

void declare_edit(CLI::App& verb, EditOptions& options) {
  verb.add_option("--name", options.name, "The name it has")->required();
  verb.add_option("--new-name", options.new_name, "The name it gets");
  verb.add_option("--description", options.description, "Another description");
  verb.add_option("--points-required", options.points_required, "Another price");
}

// Finds the reward and commits the edit of it.
Result<Answer> commit_edit(Session& session, const std::string& name, rewards::EditReward edit) {
  const auto reward = reward_by_name(session, name);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  edit.reward = reward->reward_id;
  const auto edited = session.committer().run(std::move(edit));
  if (!edited) {
    return std::unexpected(edited.error());
  }
  return Answer{.data = form_of(*edited)};
}

Result<Answer> edit(const Invocation& invocation, const EditOptions& options) {
  rewards::EditReward edit{.reward = {},
                           .name = options.new_name,
                           .description = options.description,
                           .now = invocation.environment.now()};
  if (options.points_required) {
    edit.points_required = Points{*options.points_required};
  }
  const auto session = invocation.open();
  return commit_edit(*session, options.name, std::move(edit));
}

Result<Answer> archive(const Invocation& invocation, const NameOptions& options) {
  const auto session = invocation.open();
  return commit_edit(
      *session, options.name,
      {.reward = {}, .status = rewards::Status::archived, .now = invocation.environment.now()});
}

Result<Answer> restore(const Invocation& invocation, const NameOptions& options) {
  const auto session = invocation.open();
  return commit_edit(
      *session, options.name,
      {.reward = {}, .status = rewards::Status::active, .now = invocation.environment.now()});
}

struct StockOptions {
  std::string name;
  std::int64_t delta = 0;
  std::string reason;
  std::optional<std::string> key;
};

void declare_stock(CLI::App& verb, StockOptions& options) {
  verb.add_option("--name", options.name, "The reward's name")->required();
  verb.add_option("--delta", options.delta, "Units put in, or taken out where negative")
      ->required();
  verb.add_option("--reason", options.reason, "A code such as delivery or breakage")->required();
  verb.add_option("--key", options.key, "Idempotency key: repeated, it moves nothing again");
}

Result<Answer> stock(const Invocation& invocation, const StockOptions& options) {
  const auto now = invocation.environment.now();
  const auto key = key_or_random(options.key, now);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto session = invocation.open();
  const auto reward = reward_by_name(*session, options.name);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  const auto reply = session->committer().run(rewards::MoveStock{.reward = reward->reward_id,
                                                                 .delta = options.delta,
                                                                 .reason_code = options.reason,
                                                                 .key = *key,
                                                                 .actor = operator_actor,
                                                                 .now = now});
  if (!reply) {
    return std::unexpected(with_key(reply.error(), options.key, *key));
  }
  auto form = form_of(reply->movement);
  form["replayed"] = reply->replayed;
  return Answer{.data = std::move(form)};
}

struct MovementsOptions {
  std::string name;
  PageOptions page = {};
};

void declare_movements(CLI::App& verb, MovementsOptions& options) {
  verb.add_option("--name", options.name, "The reward's name")->required();
  declare_page(verb, options.page);
}

Result<Answer> movements(const Invocation& invocation, const MovementsOptions& options) {
  static const auto shape = shape_of(rewards::movements_collection, "reward_id");
  const auto session = invocation.open();
  const auto reward = reward_by_name(*session, options.name);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return rewards::list_movements(session->store(), reward->reward_id, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

}  // namespace

void add_rewards(Verbs& verbs) {
  auto* group = verbs.group("rewards", "What points can be spent on");
  verbs.add<CreateOptions>(group, "create", "Make a reward", declare_create, create);
  verbs.add<ListOptions>(group, "list", "The catalog by points required, lowest first",
                         declare_list, list);
  verbs.add<NameOptions>(group, "show", "One reward", declare_name, show);
  verbs.add<EditOptions>(group, "edit", "Change name, description or price", declare_edit, edit);
  verbs.add<NameOptions>(group, "archive", "Offer it no longer", declare_name, archive);
  verbs.add<NameOptions>(group, "restore", "Offer an archived one again", declare_name, restore);
  verbs.add<StockOptions>(group, "stock", "Put units in stock or take them out, with a reason",
                          declare_stock, stock);
  verbs.add<MovementsOptions>(group, "movements", "A reward's stock movements, newest first",
                              declare_movements, movements);
  add_rewards_import(verbs, group);
}

}  // namespace wattback::cli

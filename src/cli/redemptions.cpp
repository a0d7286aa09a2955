// redemptions: create, cancel, fulfil, show, list.
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"
#include "redemptions/commands.h"
#include "redemptions/reads.h"

namespace wattback::cli {
namespace {

Answer answer_of(const redemptions::RedemptionReply& reply) {
  auto form = form_of(reply.redemption);
  form["total_points"] = reply.total_points.count;
  return {.data = std::move(form)};
}

struct CreateOptions {
  std::string user;
  std::string reward;
  std::string key;
  std::optional<std::int64_t> expected_points;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  declare_user(verb, options.user);
  verb.add_option("--reward", options.reward, "The reward's name")->required();
  verb.add_option("--key", options.key, "Idempotency key: repeated, it redeems nothing again")
      ->required();
  verb.add_option("--expected-points", options.expected_points, "Refuse if the price is another");
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  auto key = parse_idempotency_key(options.key);
  if (!key) {
    return std::unexpected(key.error());
  }
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto reward = reward_by_name(*session, options.reward);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  redemptions::Redeem redeem{.user = user->user_id,
                             .reward = reward->reward_id,
                             .key = std::move(*key),
                             .expected_points = std::nullopt,
                             .actor = operator_actor,
                             .now = invocation.environment.now()};
  if (options.expected_points) {
    redeem.expected_points = Points{*options.expected_points};
  }
  const auto reply = session->committer().run(std::move(redeem));
  if (!reply) {
    return std::unexpected(reply.error());
  }
  auto answer = answer_of(*reply);
  answer.data.as_object()["replayed"] = reply->replayed;
  return answer;
}

struct IdOptions {
  std::string id;
};

void declare_id(CLI::App& verb, IdOptions& options) {
  verb.add_option("redemption", options.id, "The redemption's id")->required();
}

Result<redemptions::Redemption> find(Session& session, const IdOptions& options) {
  const auto id = parse_id_option("redemption", options.id);
  if (!id) {
    return std::unexpected(id.error());
  }
  auto redemption = redemptions::find(session.store(), {*id});
  if (!redemption) {
    return fail(ErrorCode::not_found, "there is no redemption " + options.id);
  }
  return *redemption;
}

Result<Answer> cancel(const Invocation& invocation, const IdOptions& options) {
  const auto session = invocation.open();
  const auto redemption = find(*session, options);
  if (!redemption) {
    return std::unexpected(redemption.error());
  }
  const auto reply = session->committer().run(
      redemptions::CancelRedemption{.user = redemption->user_id,
                                    .redemption = redemption->redemption_id,
                                    .actor = operator_actor,
                                    .now = invocation.environment.now()});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  return answer_of(*reply);
}

Result<Answer> fulfil(const Invocation& invocation, const IdOptions& options) {
  const auto session = invocation.open();
  const auto redemption = find(*session, options);
  if (!redemption) {
    return std::unexpected(redemption.error());
  }
  const auto reply = session->committer().run(redemptions::FulfilRedemption{
      .user = redemption->user_id, .redemption = redemption->redemption_id});
  if (!reply) {
    return std::unexpected(reply.error());
  }
  return answer_of(*reply);
}

Result<Answer> show(const Invocation& invocation, const IdOptions& options) {
  const auto session = invocation.open();
  const auto redemption = find(*session, options);
  if (!redemption) {
    return std::unexpected(redemption.error());
  }
  return Answer{.data = form_of(*redemption)};
}

struct ListOptions {
  std::optional<std::string> user;
  std::optional<std::string> reward;
  bool pending = false;
  PageOptions page = {};
};

void declare_list(CLI::App& verb, ListOptions& options) {
  auto* which = verb.add_option_group("which", "Whose");
  which->add_option("--user", options.user, "Of this member, newest first");
  which->add_option("--reward", options.reward, "Of this reward, newest first");
  which->add_flag("--pending", options.pending, "Pending ones of all members, oldest first");
  which->require_option(1);
  declare_page(verb, options.page);
}

Result<Answer> list_of_user(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_user);
  const auto session = invocation.open();
  const auto user = user_by_email(*session, *options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_by_user(session->store(), user->user_id, limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

Result<Answer> list_of_reward(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_reward);
  const auto session = invocation.open();
  const auto reward = reward_by_name(*session, *options.reward);
  if (!reward) {
    return std::unexpected(reward.error());
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_by_reward(session->store(), reward->reward_id, limit,
                                       std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

Result<Answer> list_pending(const Invocation& invocation, const ListOptions& options) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_status);
  const auto session = invocation.open();
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_pending(session->store(), limit, std::move(after));
  };
  return list_page(invocation, options.page, shape, read);
}

Result<Answer> list(const Invocation& invocation, const ListOptions& options) {
  if (options.user) {
    return list_of_user(invocation, options);
  }
  return options.reward ? list_of_reward(invocation, options) : list_pending(invocation, options);
}

}  // namespace

void add_redemptions(Verbs& verbs) {
  auto* group = verbs.group("redemptions", "Points spent on rewards");
  verbs.add<CreateOptions>(group, "create", "Redeem a reward for a member", declare_create, create);
  verbs.add<IdOptions>(group, "cancel", "Give points and unit back", declare_id, cancel);
  verbs.add<IdOptions>(group, "fulfil", "The reward was handed out", declare_id, fulfil);
  verbs.add<IdOptions>(group, "show", "One redemption", declare_id, show);
  verbs.add<ListOptions>(group, "list", "By member, by reward, or pending", declare_list, list);
}

}  // namespace wattback::cli

#include <fmt/format.h>

#include "api/handlers.h"
#include "forms/forms.h"
#include "rewards/commands.h"
#include "rewards/reads.h"
#include "users/reads.h"

namespace wattback::api {
namespace {

json::object form_of(const rewards::Reward& reward) {
  auto form = forms::form_of(reward);
  form["created_at"] = wattback::to_text(reward.created_at);
  form["updated_at"] = wattback::to_text(reward.updated_at);
  return form;
}

Answer answer_of(const rewards::Reward& reward) {
  return edited(form_of(reward), reward.edition, reward.version);
}

std::string path_of(const RewardId& reward) {
  return "/api/v1/rewards/" + wattback::to_text(reward);
}

// Whose balance the catalog is held against, if anyone's.
Result<std::optional<users::User>> find_buyer(const Call& call) {
  const auto text = call.parameters().find_text("user_id");
  if (!text) {
    return std::optional<users::User>();
  }
  const auto& caller = call.user();
  const auto id = *text == "me" ? std::optional(caller.user_id.uuid) : parse_uuid(*text);
  if (id == caller.user_id.uuid) {
    return std::optional(caller);
  }
  auto buyer = call.is_admin() ? users::find(call.store(), UserId{id.value()}) : std::nullopt;
  if (!buyer) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  return buyer;
}

// What a request asks to see of the catalog.
struct View {
  rewards::CatalogFilter filter;
  std::optional<Points> balance;  // what the buyer has
};

Result<View> view_of(const Call& call) {
  const auto buyer = find_buyer(call);
  if (!buyer) {
    return std::unexpected(buyer.error());
  }
  const auto& parameters = call.parameters();
  const auto balance = *buyer ? std::optional((*buyer)->total_points) : std::nullopt;
  const bool affordable = parameters.boolean("affordable");
  if (affordable && !balance) {
    return fail_field("affordable", "needs user_id, to know whose balance");
  }
  const bool archived_too = parameters.boolean("archived_too");
  if (archived_too && !call.is_admin()) {
    return fail(ErrorCode::forbidden, "archived rewards are for administrators");
  }
  return View{.filter = {.affordable_with = affordable ? balance : std::nullopt,
                         .in_stock = parameters.boolean("in_stock"),
                         .archived_too = archived_too},
              .balance = balance};
}

Result<CatalogPage> read_page(const Call& call, const View& view) {
  static const auto shape = shape_of(rewards::collection, rewards::index_points_required);
  auto after = call.cursor(shape);
  if (!after) {
    return std::unexpected(std::move(after.error()));
  }
  const auto catalog = rewards::catalog(call.store(), view.filter, call.limit(), *std::move(after));
  auto answer = call.page(catalog, shape, [&view](const rewards::Reward& reward) {
    auto form = form_of(reward);
    if (view.balance) {
      form["points_missing"] = rewards::points_missing(reward, *view.balance).count;
    }
    return form;
  });
  auto bytes = to_json_text(answer.data);
  const auto digest = to_hex(sha256(bytes));
  return CatalogPage{.bytes = std::move(bytes),
                     .etag = fmt::format("\"{}\"", std::string_view(digest).substr(0, 32)),
                     .next = std::move(answer.next)};
}

// Two requests with this in common see the same.
std::string name_of(const Call& call, const View& view) {
  return fmt::format("{} {} {} {}", call.list_name(), call.limit(),
                     call.parameters().find_text("cursor").value_or(""),
                     view.balance ? view.balance->count : -1);
}

}  // namespace

Result<Answer> list_rewards(Call& call) {
  const auto view = view_of(call);
  if (!view) {
    return std::unexpected(view.error());
  }
  const auto revision = call.store().revision(rewards::collection);
  const auto page = call.resources().catalog.find_or_read(name_of(call, *view), revision,
                                                          [&] { return read_page(call, *view); });
  if (!page) {
    return std::unexpected(page.error());
  }
  const std::shared_ptr<const std::string> bytes(*page, &(*page)->bytes);
  return Answer{.raw = http::Response{.content_type = "application/json", .body = bytes},
                .etag = (*page)->etag,
                .next = (*page)->next};
}

http::Task<Result<Answer>> create_reward(Call& call) {
  const Fields body(call.body());
  rewards::CreateReward create{.reward = RewardId{make_uuid_v7(call.now())},
                               .name = body.text("name"),
                               .description = body.find_text("description").value_or(""),
                               .points_required = Points{body.integer("points_required")},
                               .stock = body.find_integer("stock").value_or(0),
                               .actor = call.actor(),
                               .now = call.now()};
  const auto reward = co_await call.run(std::move(create));
  if (!reward) {
    co_return std::unexpected(reward.error());
  }
  auto answer = created(path_of(reward->reward_id), form_of(*reward));
  answer.etag = answer_of(*reward).etag;
  co_return answer;
}

Result<Answer> get_reward(Call& call) {
  const auto reward = rewards::find(call.store(), RewardId{call.id("reward_id")});
  if (!reward) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  return answer_of(*reward);
}

http::Task<Result<Answer>> edit_reward(Call& call) {
  const Fields body(call.body());
  rewards::EditReward edit{.reward = RewardId{call.id("reward_id")},
                           .name = body.find_text("name"),
                           .description = body.find_text("description"),
                           .expected_edition = call.expected_edition(),
                           .now = call.now()};
  if (const auto price = body.find_integer("points_required")) {
    edit.points_required = Points{*price};
  }
  if (const auto status = body.find_text("status")) {
    edit.status = from_text<rewards::Status>(*status);
  }
  const auto reward = co_await call.run(std::move(edit));
  co_return reward ? Result<Answer>(answer_of(*reward)) : std::unexpected(reward.error());
}

Result<Answer> list_stock_movements(Call& call) {
  static const auto shape = shape_of(rewards::movements_collection, "reward_id");
  const RewardId reward{call.id("reward_id")};
  if (!rewards::find(call.store(), reward)) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return rewards::list_movements(call.store(), reward, limit, std::move(after));
  };
  return call.list(shape, read,
                   [](const rewards::StockMovement& movement) { return forms::form_of(movement); });
}

http::Task<Result<Answer>> move_stock(Call& call) {
  const Fields body(call.body());
  rewards::MoveStock move{.reward = RewardId{call.id("reward_id")},
                          .delta = body.integer("delta"),
                          .reason_code = body.text("reason_code"),
                          .key = call.idempotency_key(),
                          .actor = call.actor(),
                          .now = call.now()};
  const auto reply = co_await call.run(std::move(move));
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  const auto& movement = reply->movement;
  auto answer = created(
      path_of(movement.reward_id) + "/stock-movements/" + wattback::to_text(movement.movement_id),
      forms::form_of(movement));
  answer.replayed = reply->replayed;
  co_return answer;
}

Result<Answer> get_stock_movement(Call& call) {
  const auto movement = rewards::find_movement(call.store(), MovementId{call.id("movement_id")});
  if (!movement || movement->reward_id.uuid != call.id("reward_id")) {
    return fail(ErrorCode::not_found, "there is no such stock movement");
  }
  return Answer{.data = forms::form_of(*movement)};
}

}  // namespace wattback::api

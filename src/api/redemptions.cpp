#include <fmt/format.h>

#include "api/handlers.h"
#include "forms/forms.h"
#include "redemptions/commands.h"
#include "redemptions/reads.h"
#include "rewards/reads.h"

namespace wattback::api {
namespace {

json::object form_of(const redemptions::Redemption& redemption) {
  return forms::form_of(redemption);
}

json::object form_of(const redemptions::RedemptionReply& reply) {
  auto form = form_of(reply.redemption);
  form["total_points"] = reply.total_points.count;
  return form;
}

Result<Answer> answer_of(const Result<redemptions::RedemptionReply>& reply) {
  if (!reply) {
    return std::unexpected(reply.error());
  }
  return Answer{.data = form_of(*reply)};
}

constexpr auto one_form = [](const redemptions::Redemption& redemption) {
  return form_of(redemption);
};

}  // namespace

Result<Answer> list_reward_redemptions(Call& call) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_reward);
  const RewardId reward{call.id("reward_id")};
  if (!rewards::find(call.store(), reward)) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_by_reward(call.store(), reward, limit, std::move(after));
  };
  return call.list(shape, read, one_form);
}

Result<Answer> list_pending_redemptions(Call& call) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_status);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_pending(call.store(), limit, std::move(after));
  };
  return call.list(shape, read, one_form);
}

Result<Answer> list_redemptions(Call& call) {
  static const auto shape = shape_of(redemptions::collection, redemptions::index_user);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return redemptions::list_by_user(call.store(), call.member().user_id, limit, std::move(after));
  };
  return call.list(shape, read, one_form);
}

http::Task<Result<Answer>> create_redemption(Call& call) {
  const Fields body(call.body());
  redemptions::Redeem redeem{.user = call.member().user_id,
                             .reward = RewardId{parse_uuid(body.text("reward_id")).value()},
                             .key = call.idempotency_key(),
                             .actor = call.actor(),
                             .now = call.now()};
  if (const auto expected = body.find_integer("expected_points")) {
    redeem.expected_points = Points{*expected};
  }
  const auto reply = co_await call.run(std::move(redeem));
  if (!reply) {
    co_return std::unexpected(reply.error());
  }
  const auto& redemption = reply->redemption;
  auto answer =
      created(fmt::format("/api/v1/users/{}/redemptions/{}", wattback::to_text(redemption.user_id),
                          wattback::to_text(redemption.redemption_id)),
              form_of(*reply));
  answer.replayed = reply->replayed;
  co_return answer;
}

Result<Answer> get_redemption(Call& call) {
  const auto redemption = redemptions::find(call.store(), RedemptionId{call.id("redemption_id")});
  if (!redemption || redemption->user_id != call.member().user_id) {
    return fail(ErrorCode::not_found, "there is no such redemption");
  }
  return Answer{.data = form_of(*redemption)};
}

http::Task<Result<Answer>> cancel_redemption(Call& call) {
  const redemptions::CancelRedemption cancel{.user = call.member().user_id,
                                             .redemption = RedemptionId{call.id("redemption_id")},
                                             .actor = call.actor(),
                                             .now = call.now()};
  const auto reply = co_await call.run(cancel);
  co_return answer_of(reply);
}

http::Task<Result<Answer>> fulfil_redemption(Call& call) {
  const redemptions::FulfilRedemption fulfil{.user = call.member().user_id,
                                             .redemption = RedemptionId{call.id("redemption_id")}};
  const auto reply = co_await call.run(fulfil);
  co_return answer_of(reply);
}

}  // namespace wattback::api

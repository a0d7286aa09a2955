#include <fmt/format.h>

#include "api/handlers.h"
#include "forms/explain.h"
#include "forms/forms.h"
#include "points/commands.h"
#include "points/reads.h"
#include "usage/reads.h"

namespace wattback::api {
namespace {

Result<Answer> explain(const Call& call, Day day) {
  const auto explanation = usage::explain_day(call.store(), call.member().user_id, day);
  if (!explanation) {
    return std::unexpected(explanation.error());
  }
  return Answer{.data = forms::explain_form(*explanation)};
}

Result<Answer> answer_of(const Call& call, const Result<points::AdjustmentReply>& reply) {
  if (!reply) {
    return std::unexpected(reply.error());
  }
  auto form = forms::form_of(reply->adjustment);
  form["total_points"] = reply->total_points.count;
  auto answer = created(fmt::format("/api/v1/users/{}/points/adjustments/{}",
                                    wattback::to_text(call.member().user_id),
                                    wattback::to_text(reply->adjustment.adjustment_id)),
                        std::move(form));
  answer.replayed = reply->replayed;
  return answer;
}

// Adjustments and write-offs are asked for in the same words.
template <class Command>
Command command_of(const Call& call) {
  const Fields body(call.body());
  return {.user = call.member().user_id,
          .points = Points{body.integer("points")},
          .reason_code = body.text("reason_code"),
          .key = call.idempotency_key(),
          .actor = call.actor(),
          .now = call.now()};
}

}  // namespace

Result<Answer> get_points(Call& call) {
  const auto& user = call.member();
  return Answer{.data = json::object{{"user_id", wattback::to_text(user.user_id)},
                                     {"total_points", user.total_points.count},
                                     {"points_owed", user.points_owed.count},
                                     {"carry_nanopoints", user.points_carry.count},
                                     {"entries", user.ledger_seq}}};
}

Result<Answer> list_statement(Call& call) {
  static const auto shape = shape_of(points::ledger_collection, store::primary_index);
  const auto zero = call.parameters().boolean("include_zero") ? points::ZeroEntries::show
                                                              : points::ZeroEntries::leave_out;
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return points::statement(call.store(), call.member().user_id, limit, std::move(after), zero);
  };
  return call.list(shape, read, [](const points::Entry& entry) { return forms::form_of(entry); });
}

Result<Answer> explain_day(Call& call) {
  return explain(call, parse_day(call.parameters().text("day")).value());
}

Result<Answer> explain_reading(Call& call) {
  const auto reading =
      usage::find(call.store(), call.member().user_id, UsageId{call.id("usage_id")});
  if (!reading) {
    return fail(ErrorCode::not_found, "there is no such reading");
  }
  return explain(call, reading->day);
}

Result<Answer> explain_entry(Call& call) {
  const auto entry =
      usage::explain_entry(call.store(), call.member().user_id, call.parameters().integer("seq"));
  if (!entry) {
    return std::unexpected(entry.error());
  }
  return Answer{.data = forms::explain_form(*entry)};
}

Result<Answer> list_adjustments(Call& call) {
  static const auto shape = shape_of(points::adjustments_collection, "user_id");
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return points::list_adjustments(call.store(), call.member().user_id, limit, std::move(after));
  };
  return call.list(shape, read,
                   [](const points::Adjustment& adjustment) { return forms::form_of(adjustment); });
}

http::Task<Result<Answer>> adjust_points(Call& call) {
  auto adjust = command_of<points::AdjustPoints>(call);
  const auto reply = co_await call.run(std::move(adjust));
  co_return answer_of(call, reply);
}

Result<Answer> get_adjustment(Call& call) {
  const auto adjustment =
      points::find_adjustment(call.store(), AdjustmentId{call.id("adjustment_id")});
  if (!adjustment || adjustment->user_id != call.member().user_id) {
    return fail(ErrorCode::not_found, "there is no such adjustment");
  }
  return Answer{.data = forms::form_of(*adjustment)};
}

http::Task<Result<Answer>> write_off_points(Call& call) {
  auto write_off = command_of<points::WriteOffPoints>(call);
  const auto reply = co_await call.run(std::move(write_off));
  co_return answer_of(call, reply);
}

}  // namespace wattback::api

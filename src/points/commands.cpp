#include "points/commands.h"

#include <fmt/format.h>

#include <functional>

#include "base/text.h"

namespace wattback::points {
namespace {

// One adjustment, whichever command it comes from.
struct Request {
  std::string_view operation;
  UserId user;
  Points points;
  std::string reason_code;
  IdempotencyKey key;
  Actor actor;
  Instant now;
};

Fingerprint fingerprint(const Request& request) {
  return adjustment_fingerprint(request.operation, request.points, request.reason_code);
}

using Refusal = std::optional<Error>;

Result<AdjustmentReply> adjust(commit::Workspace& workspace, const Request& request,
                               const std::function<Refusal(const users::User&)>& refuse) {
  auto user = workspace.get(users::codec(), users::key(request.user));
  if (!user) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  const auto id = adjustment_id(request.user, request.key);
  if (const auto done = workspace.get(adjustments_codec(), adjustment_key(id))) {
    if (done->fingerprint == fingerprint(request)) {
      return AdjustmentReply{.adjustment = *done,
                             .total_points = balance_after(workspace, *user, done->seq, id.uuid),
                             .points_owed = user->points_owed,
                             .replayed = true};
    }
    return fail(ErrorCode::key_reused, "this idempotency key was used for another adjustment");
  }
  if (const auto checked = parse_code("reason_code", request.reason_code); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto refusal = refuse(*user)) {
    return std::unexpected(*refusal);
  }
  const auto movement = move(*user, request.points);
  const auto entry = append(workspace, *user,
                            {.kind = EntryKind::adjusted,
                             .points = movement.points,
                             .owed = movement.owed,
                             .cause = id.uuid,
                             .reason_code = request.reason_code,
                             .actor = request.actor,
                             .created_at = request.now});
  const Adjustment adjustment{.adjustment_id = id,
                              .user_id = request.user,
                              .points = request.points,
                              .reason_code = request.reason_code,
                              .actor = request.actor,
                              .seq = entry.seq,
                              .fingerprint = fingerprint(request),
                              .created_at = request.now};
  workspace.insert(adjustments_codec(), adjustment);
  workspace.replace(users::codec(), *user);
  return AdjustmentReply{.adjustment = adjustment,
                         .total_points = entry.balance,
                         .points_owed = user->points_owed,
                         .replayed = false};
}

Refusal refuse_adjustment(const users::User& user, Points points) {
  if (points == Points{0} || points > points_max || points < -points_max) {
    return fail_field("points", fmt::format("must be 1 to {}, or negative", points_max.count))
        .error();
  }
  if (points > Points{0} && user.total_points + points > points_max) {
    return fail(ErrorCode::limit_exceeded,
                fmt::format("a balance is at most {} points", points_max.count))
        .error();
  }
  if (user.total_points + points < Points{0}) {
    return fail(ErrorCode::insufficient_points,
                fmt::format("the balance is {} points", user.total_points.count))
        .error();
  }
  return std::nullopt;
}

Refusal refuse_write_off(const users::User& user, Points points) {
  if (points <= Points{0}) {
    return fail_field("points", "must be above 0").error();
  }
  if (points > user.points_owed) {
    return fail(ErrorCode::limit_exceeded,
                fmt::format("the member owes {} points", user.points_owed.count))
        .error();
  }
  return std::nullopt;
}

}  // namespace

std::vector<store::Key> AdjustPoints::keys() const {
  return {users::key(user), adjustment_key(adjustment_id(user, key))};
}

Result<AdjustmentReply> AdjustPoints::decide(commit::Workspace& workspace) const {
  return adjust(workspace, {operation_adjust, user, points, reason_code, key, actor, now},
                [this](const users::User& member) { return refuse_adjustment(member, points); });
}

std::vector<store::Key> WriteOffPoints::keys() const {
  return {users::key(user), adjustment_key(adjustment_id(user, key))};
}

Result<AdjustmentReply> WriteOffPoints::decide(commit::Workspace& workspace) const {
  return adjust(workspace, {operation_write_off, user, points, reason_code, key, actor, now},
                [this](const users::User& member) { return refuse_write_off(member, points); });
}

}  // namespace wattback::points

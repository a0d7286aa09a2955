#include "redemptions/commands.h"

#include <fmt/format.h>

#include "points/ledger.h"
#include "rewards/reward.h"
#include "users/user.h"

namespace wattback::redemptions {
namespace {

std::unexpected<Error> no_such_user() {
  return fail(ErrorCode::not_found, "there is no such user");
}

// Why this member can't have this reward now, if so.
std::optional<Error> find_obstacle(const users::User& user, const rewards::Reward& reward,
                                   std::optional<Points> expected_points) {
  if (user.status == users::Status::suspended) {
    return fail(ErrorCode::forbidden, "the member is suspended").error();
  }
  if (reward.status == rewards::Status::archived) {
    return fail(ErrorCode::conflict, fmt::format("'{}' is no longer offered", reward.name)).error();
  }
  if (expected_points && *expected_points != reward.points_required) {
    return fail(ErrorCode::conflict,
                fmt::format("'{}' costs {} points, not {}", reward.name,
                            reward.points_required.count, expected_points->count))
        .error();
  }
  if (reward.inventory == 0) {
    return fail(ErrorCode::out_of_stock, fmt::format("no '{}' is left", reward.name)).error();
  }
  if (user.total_points < reward.points_required) {
    return fail(ErrorCode::insufficient_points,
                fmt::format("'{}' costs {} points; the balance is {}", reward.name,
                            reward.points_required.count, user.total_points.count))
        .error();
  }
  return std::nullopt;
}

// A redemption of this member, and the member.
struct Loaded {
  users::User user;
  Redemption redemption;
};

Result<Loaded> load(commit::Workspace& workspace, const UserId& user, const RedemptionId& id) {
  auto member = workspace.get(users::codec(), users::key(user));
  if (!member) {
    return no_such_user();
  }
  auto redemption = workspace.get(codec(), key(id));
  if (!redemption || redemption->user_id != user) {
    return fail(ErrorCode::not_found, "the member has no such redemption");
  }
  return Loaded{.user = std::move(*member), .redemption = *redemption};
}

RedemptionReply reply(const Redemption& redemption, Points total_points) {
  return {.redemption = redemption, .total_points = total_points, .replayed = false};
}

// A redemption as the command that made it answered it, whatever became of it since.
Redemption as_begun(Redemption redemption) {
  redemption.status = Status::pending;
  redemption.refund_seq.reset();
  return redemption;
}

}  // namespace

std::vector<store::Key> Redeem::keys() const {
  return {users::key(user), redemptions::key(redemption_id(user, key)), rewards::key(reward)};
}

Result<RedemptionReply> Redeem::decide(commit::Workspace& workspace) const {
  auto member = workspace.get(users::codec(), users::key(user));
  if (!member) {
    return no_such_user();
  }
  const auto id = redemption_id(user, key);
  if (const auto done = workspace.get(codec(), redemptions::key(id))) {
    if (done->fingerprint != fingerprint(reward)) {
      return fail(ErrorCode::key_reused, "this idempotency key was used for another redemption");
    }
    return RedemptionReply{
        .redemption = as_begun(*done),
        .total_points = points::balance_after(workspace, *member, done->seq, id.uuid),
        .replayed = true};
  }
  auto stock = workspace.get(rewards::codec(), rewards::key(reward));
  if (!stock) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  if (auto obstacle = find_obstacle(*member, *stock, expected_points)) {
    // No commit looks at what a refusal rests on: another process may have made this redemption
    // between the reads of it and of its reward.
    workspace.confirm(users::key(user));
    return std::unexpected(std::move(*obstacle));
  }
  const auto cost = stock->points_required;
  const auto entry = points::append(workspace, *member,
                                    {.kind = points::EntryKind::redeemed,
                                     .points = -cost,
                                     .owed = Points{0},
                                     .cause = id.uuid,
                                     .actor = actor,
                                     .created_at = now});
  --stock->inventory;
  const Redemption redemption{.redemption_id = id,
                              .user_id = user,
                              .reward_id = reward,
                              .reward_name = stock->name,
                              .redemption_date = now,
                              .points_redeemed = cost,
                              .fingerprint = fingerprint(reward),
                              .seq = entry.seq};
  workspace.insert(codec(), redemption);
  workspace.replace(rewards::codec(), *stock);
  workspace.replace(users::codec(), *member);
  return reply(redemption, entry.balance);
}

std::vector<store::Key> CancelRedemption::keys() const {
  return {users::key(user), key(redemption)};
}

Result<RedemptionReply> CancelRedemption::decide(commit::Workspace& workspace) const {
  auto loaded = load(workspace, user, redemption);
  if (!loaded) {
    return std::unexpected(loaded.error());
  }
  auto& [member, cancelled] = *loaded;
  switch (cancelled.status) {
    case Status::cancelled:
      check(cancelled.refund_seq.has_value());
      return reply(cancelled, points::balance_after(workspace, member, *cancelled.refund_seq,
                                                    cancelled.redemption_id.uuid));
    case Status::fulfilled:
      return fail(ErrorCode::conflict, "the redemption was fulfilled already");
    case Status::pending:
      break;
  }
  auto stock = workspace.get(rewards::codec(), rewards::key(cancelled.reward_id));
  check(stock.has_value());
  const auto movement = points::move(member, cancelled.points_redeemed);
  const auto entry = points::append(workspace, member,
                                    {.kind = points::EntryKind::refunded,
                                     .points = movement.points,
                                     .owed = movement.owed,
                                     .cause = cancelled.redemption_id.uuid,
                                     .actor = actor,
                                     .created_at = now});
  cancelled.status = Status::cancelled;
  cancelled.refund_seq = entry.seq;
  ++stock->inventory;
  workspace.replace(codec(), cancelled);
  workspace.replace(rewards::codec(), *stock);
  workspace.replace(users::codec(), member);
  return reply(cancelled, entry.balance);
}

std::vector<store::Key> FulfilRedemption::keys() const {
  return {users::key(user), key(redemption)};
}

Result<RedemptionReply> FulfilRedemption::decide(commit::Workspace& workspace) const {
  auto loaded = load(workspace, user, redemption);
  if (!loaded) {
    return std::unexpected(loaded.error());
  }
  auto& [member, fulfilled] = *loaded;
  switch (fulfilled.status) {
    case Status::fulfilled:
      workspace.confirm(users::key(user));
      return reply(fulfilled, member.total_points);
    case Status::cancelled:
      return fail(ErrorCode::conflict, "the redemption was cancelled already");
    case Status::pending:
      break;
  }
  fulfilled.status = Status::fulfilled;
  workspace.replace(codec(), fulfilled);
  workspace.replace(users::codec(), member);
  return reply(fulfilled, member.total_points);
}

}  // namespace wattback::redemptions

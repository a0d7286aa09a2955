#include <fmt/format.h>

#include "points/ledger.h"
#include "points/reads.h"
#include "redemptions/reads.h"
#include "rewards/reads.h"
#include "scenarios/runner/world.h"
#include "store/read.h"
#include "users/reads.h"

namespace wattback::scenarios {
namespace {

// What an entry carries on, after what was carried to it: only an award moves the carry.
Nanopoints carried(const points::Entry& entry, Nanopoints before) {
  if (!entry.day_award_change) {
    return before;
  }
  const auto whole = (entry.points - entry.owed).count * nanopoints_per_point;
  return before + *entry.day_award_change - Nanopoints{whole};
}

// An entry against the one before it: sequence, balance, carry and hash.
bool follows(const points::Entry& entry, const points::Entry& before) {
  return entry.seq == before.seq + 1 && entry.balance == before.balance + entry.points &&
         entry.carry == carried(entry, before.carry) &&
         entry.hash == points::entry_hash(entry, before.hash);
}

std::optional<std::string> find_break_of(World& world, const users::User& user) {
  points::Entry last;
  Points owed;
  std::optional<std::string> broken;
  store::for_each<points::Entry>(
      world.store(), points::ledger_codec(),
      {.collection = points::ledger_collection, .equals = {user.user_id.uuid}},
      [&](const points::Entry& entry) {
        if (!follows(entry, last)) {
          broken = fmt::format("entry {} of {} does not follow", entry.seq, user.name);
        }
        owed += entry.owed;
        last = entry;
      });
  const bool projected = last.seq == user.ledger_seq && last.hash == user.ledger_head &&
                         last.balance == user.total_points && last.carry == user.points_carry &&
                         owed == user.points_owed;
  if (!broken && !projected) {
    broken = fmt::format("the member {} is not as the ledger says", user.name);
  }
  return broken;
}

std::optional<std::string> find_break_of(World& world, const rewards::Reward& reward) {
  std::int64_t stocked = 0;
  store::for_each<rewards::StockMovement>(
      world.store(), rewards::movements_codec(),
      {.collection = rewards::movements_collection,
       .index = "reward_id",
       .equals = {reward.reward_id.uuid}},
      [&](const rewards::StockMovement& movement) { stocked += movement.delta; });
  std::int64_t out = 0;
  store::for_each<redemptions::Redemption>(
      world.store(), redemptions::codec(),
      {.collection = redemptions::collection,
       .index = redemptions::index_reward,
       .equals = {reward.reward_id.uuid}},
      [&](const redemptions::Redemption& redemption) {
        out += redemption.status == redemptions::Status::cancelled ? 0 : 1;
      });
  if (stocked != reward.stocked || reward.inventory + out != reward.stocked) {
    return fmt::format("the stock of {} is not what its movements say", reward.name);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_break(World& world) {
  std::optional<std::string> broken;
  const auto keep = [&](std::optional<std::string> found) {
    broken = broken ? broken : std::move(found);
  };
  store::for_each<users::User>(world.store(), users::codec(), {.collection = users::collection},
                               [&](const auto& user) { keep(find_break_of(world, user)); });
  store::for_each<rewards::Reward>(world.store(), rewards::codec(),
                                   {.collection = rewards::collection},
                                   [&](const auto& reward) { keep(find_break_of(world, reward)); });
  return broken;
}

}  // namespace wattback::scenarios

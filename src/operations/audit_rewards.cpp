#include "operations/audit_rewards.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wattback::operations {

RewardPass::RewardPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range)
    : findings_(&findings),
      rewards_(findings, snapshot, rewards::codec(), store::primary_index, range),
      movements_(findings, snapshot, rewards::movements_codec(), "reward_id", range),
      redemptions_(findings, snapshot, redemptions::codec(), redemptions::index_reward, range,
                   Turn::again) {}

std::optional<Uuid> RewardPass::next() {
  auto owner = rewards_.owner();
  for (const auto& other : {movements_.owner(), redemptions_.owner()}) {
    if (other && (!owner || *other < *owner)) {
      owner = other;
    }
  }
  if (!owner) {
    return std::nullopt;
  }
  if (rewards_.owner() != owner) {
    movements_.report_orphans(*owner, "rewards");
    redemptions_.report_orphans(*owner, "rewards");
  } else if (const auto reward = rewards_.next(*owner)) {
    audit(*reward);
  } else {  // reported; there is nothing to hold the others against
    movements_.skip(*owner);
    redemptions_.skip(*owner);
  }
  return owner;
}

void RewardPass::audit(const rewards::Reward& reward) {
  const auto name = name_of(rewards::key(reward.reward_id));
  Wide moved = 0;
  while (const auto movement = movements_.next(reward.reward_id.uuid)) {
    check_movement(*movement);
    moved += movement->delta;
  }
  Wide redeemed = 0;
  while (const auto redemption = redemptions_.next(reward.reward_id.uuid)) {
    redeemed += redemption->status == redemptions::Status::cancelled ? 0 : 1;
  }
  if (reward.stocked != moved) {
    findings_->report(Invariant::stock, name,
                      fmt::format("stocked is {}, its movements sum to {}", reward.stocked, moved));
  }
  if (reward.inventory + redeemed != reward.stocked) {
    findings_->report(
        Invariant::stock, name,
        fmt::format("inventory is {}, expected {} ({} stocked, {} redeemed)", reward.inventory,
                    reward.stocked - redeemed, reward.stocked, redeemed));
  }
  if (reward.name_folded != fold(reward.name)) {
    findings_->report(Invariant::references, name,
                      fmt::format("name_folded is '{}', that of its name '{}'", reward.name_folded,
                                  fold(reward.name)));
  }
}

void RewardPass::check_movement(const rewards::StockMovement& movement) {
  if (movement.fingerprint != rewards::movement_fingerprint(movement.delta, movement.reason_code)) {
    findings_->report(Invariant::identity, name_of(rewards::movement_key(movement.movement_id)),
                      "fingerprint is not that of its delta and reason_code");
  }
}

}  // namespace wattback::operations

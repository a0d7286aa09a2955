#pragma once

#include <optional>
#include <vector>

#include "commit/command.h"
#include "redemptions/redemption.h"

namespace wattback::redemptions {

// A redemption and the balance that spending, or giving back, its points left.
struct RedemptionReply {
  Redemption redemption;
  Points total_points;
  bool replayed = false;
};

// Spends points on one unit of a reward. The member must be active, the reward active and in stock,
// the balance enough; then the balance, the unit and the redemption change together. The same key
// again answers as the first time; with another reward it is `key_reused`.
struct Redeem {
  using Reply = RedemptionReply;

  UserId user;
  RewardId reward;
  IdempotencyKey key;
  std::optional<Points> expected_points;  // `conflict` where the price is another
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<RedemptionReply> decide(commit::Workspace& workspace) const;
};

// Gives points and unit back, once. Cancelling a cancelled one answers as the first time; a
// fulfilled one is `conflict`.
struct CancelRedemption {
  using Reply = RedemptionReply;

  UserId user;
  RedemptionId redemption;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<RedemptionReply> decide(commit::Workspace& workspace) const;
};

// The reward was handed out, which moves no points: the balance is today's. Fulfilling a fulfilled
// one answers it; a cancelled one is `conflict`.
struct FulfilRedemption {
  using Reply = RedemptionReply;

  UserId user;
  RedemptionId redemption;

  std::vector<store::Key> keys() const;
  Result<RedemptionReply> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::redemptions

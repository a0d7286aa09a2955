// Rewards in turn, each with its movements and redemptions: I3, and I5 and I8 of their documents.
#pragma once

#include <optional>

#include "operations/audit_stream.h"
#include "redemptions/redemption.h"
#include "rewards/reward.h"
#include "store/store.h"

namespace wattback::operations {

class RewardPass {
 public:
  RewardPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range);

  // Audits the next reward, or the documents of one that is not there; nothing at the end.
  std::optional<Uuid> next();

 private:
  void audit(const rewards::Reward& reward);
  void check_movement(const rewards::StockMovement& movement);

  Findings* findings_;
  OwnedStream<rewards::Reward> rewards_;
  OwnedStream<rewards::StockMovement> movements_;
  OwnedStream<redemptions::Redemption> redemptions_;
};

}  // namespace wattback::operations

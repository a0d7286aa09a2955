#pragma once

#include <string>
#include <vector>

#include "commit/command.h"
#include "points/adjustment.h"
#include "points/ledger.h"
#include "users/user.h"

namespace wattback::points {

// What an adjustment or a write-off did, the balance it left, and what the member owes now.
struct AdjustmentReply {
  Adjustment adjustment;
  Points total_points;
  Points points_owed;
  bool replayed = false;
};

// Gives points (a rise repays what is owed first) or takes them, with a reason. Taking more than
// the balance is `insufficient_points`. The same key again answers as the first time; with another
// content it is `key_reused`.
struct AdjustPoints {
  using Reply = AdjustmentReply;

  UserId user;
  Points points;
  std::string reason_code;
  IdempotencyKey key;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<AdjustmentReply> decide(commit::Workspace& workspace) const;
};

// Gives up points a member owes. More than is owed is `limit_exceeded`.
struct WriteOffPoints {
  using Reply = AdjustmentReply;

  UserId user;
  Points points;  // of what is owed; above 0
  std::string reason_code;
  IdempotencyKey key;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<AdjustmentReply> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::points

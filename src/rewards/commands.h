#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commit/command.h"
#include "rewards/reward.h"

namespace wattback::rewards {

// Makes a reward, with an opening stock movement where it has any. The id is made with the command;
// another reward of that name is `already_exists`.
struct CreateReward {
  using Reply = Reward;

  RewardId reward;
  std::string name;
  std::string description;
  Points points_required;
  std::int64_t stock = 0;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<Reward> decide(commit::Workspace& workspace) const;
};

// Changes what is given. `precondition_failed` when an edition is expected and another stands,
// unless what is asked for stands already.
struct EditReward {
  using Reply = Reward;

  RewardId reward;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<Points> points_required;
  std::optional<Status> status;
  std::optional<std::int64_t> expected_edition;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<Reward> decide(commit::Workspace& workspace) const;
};

struct StockReply {
  StockMovement movement;
  bool replayed = false;
};

// Puts units in stock or takes them out. Taking more than there are is `out_of_stock`. The same key
// again answers the movement it made; with another content it is `key_reused`.
struct MoveStock {
  using Reply = StockReply;

  RewardId reward;
  std::int64_t delta = 0;
  std::string reason_code;
  IdempotencyKey key;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<StockReply> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::rewards

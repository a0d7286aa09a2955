#pragma once

#include <optional>
#include <string_view>

#include "rewards/reward.h"
#include "store/read.h"

namespace wattback::rewards {

// What of the catalog is wanted. Archived rewards are never shown unless asked for.
struct CatalogFilter {
  std::optional<Points> affordable_with;  // at most this many points required
  bool in_stock = false;
  bool archived_too = false;
};

// By points required, lowest first.
store::Listing<Reward> catalog(store::Store& store, const CatalogFilter& filter, std::size_t limit,
                               store::Cursor after);
std::optional<Reward> find(store::Store& store, const RewardId& id);
std::optional<Reward> find_by_name(store::Store& store, std::string_view name);
std::optional<StockMovement> find_movement(store::Store& store, const MovementId& id);

// A reward's movements, newest first.
store::Listing<StockMovement> list_movements(store::Store& store, const RewardId& reward,
                                             std::size_t limit, store::Cursor after);

}  // namespace wattback::rewards

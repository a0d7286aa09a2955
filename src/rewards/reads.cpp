#include "rewards/reads.h"

namespace wattback::rewards {

store::Listing<Reward> catalog(store::Store& store, const CatalogFilter& filter, std::size_t limit,
                               store::Cursor after) {
  store::Query query{.collection = collection,
                     .index = index_points_required,
                     .limit = limit,
                     .after = std::move(after)};
  if (filter.affordable_with) {
    query.to = store::Bound{.value = filter.affordable_with->count};
  }
  return store::list_filtered<Reward>(store, codec(), query, [&filter](const Reward& reward) {
    return (filter.archived_too || reward.status == Status::active) &&
           (!filter.in_stock || reward.inventory > 0);
  });
}

std::optional<Reward> find(store::Store& store, const RewardId& id) {
  return store::fetch(store, codec(), key(id));
}

std::optional<Reward> find_by_name(store::Store& store, std::string_view name) {
  return store::fetch(store, codec(), name_key(name));
}

std::optional<StockMovement> find_movement(store::Store& store, const MovementId& id) {
  return store::fetch(store, movements_codec(), movement_key(id));
}

store::Listing<StockMovement> list_movements(store::Store& store, const RewardId& reward,
                                             std::size_t limit, store::Cursor after) {
  return store::list(store, movements_codec(),
                     {.collection = movements_collection,
                      .index = "reward_id",
                      .equals = {reward.uuid},
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::rewards

#include "redemptions/reads.h"

#include <string>

namespace wattback::redemptions {

std::optional<Redemption> find(store::Store& store, const RedemptionId& id) {
  return store::fetch(store, codec(), key(id));
}

store::Listing<Redemption> list_by_user(store::Store& store, const UserId& user, std::size_t limit,
                                        store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_user,
                      .equals = {user.uuid},
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

store::Listing<Redemption> list_by_reward(store::Store& store, const RewardId& reward,
                                          std::size_t limit, store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_reward,
                      .equals = {reward.uuid},
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

store::Listing<Redemption> list_pending(store::Store& store, std::size_t limit,
                                        store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_status,
                      .equals = {std::string(to_text(Status::pending))},
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::redemptions

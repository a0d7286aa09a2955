#pragma once

#include <optional>

#include "redemptions/redemption.h"
#include "store/read.h"

namespace wattback::redemptions {

std::optional<Redemption> find(store::Store& store, const RedemptionId& id);

// Newest first.
store::Listing<Redemption> list_by_user(store::Store& store, const UserId& user, std::size_t limit,
                                        store::Cursor after);
store::Listing<Redemption> list_by_reward(store::Store& store, const RewardId& reward,
                                          std::size_t limit, store::Cursor after);

// Of all members, oldest first.
store::Listing<Redemption> list_pending(store::Store& store, std::size_t limit,
                                        store::Cursor after);

}  // namespace wattback::redemptions

#include "points/reads.h"

namespace wattback::points {

store::Listing<Entry> statement(store::Store& store, const UserId& user, std::size_t limit,
                                store::Cursor after, ZeroEntries zero_entries) {
  return store::list_filtered<Entry>(store, ledger_codec(),
                                     {.collection = ledger_collection,
                                      .equals = {user.uuid},
                                      .order = store::Order::descending,
                                      .limit = limit,
                                      .after = std::move(after)},
                                     [zero_entries](const Entry& entry) {
                                       const bool moved =
                                           entry.points != Points{0} || entry.owed != Points{0};
                                       return moved || zero_entries == ZeroEntries::show;
                                     });
}

std::vector<AwardEntry> list_awards(store::Store& store, const UserId& user, Day day) {
  std::vector<AwardEntry> awards;
  Nanopoints carry{0};
  store::for_each<Entry>(store, ledger_codec(),
                         {.collection = ledger_collection, .equals = {user.uuid}},
                         [&](const Entry& entry) {
                           if (entry.day == day) {
                             awards.push_back({.entry = entry, .carry_before = carry});
                           }
                           carry = entry.carry;
                         });
  return awards;
}

std::optional<Entry> find_entry(store::Store& store, const UserId& user, std::int64_t seq) {
  return store::fetch(store, ledger_codec(), entry_key(user, seq));
}

std::optional<Adjustment> find_adjustment(store::Store& store, const AdjustmentId& id) {
  return store::fetch(store, adjustments_codec(), adjustment_key(id));
}

store::Listing<Adjustment> list_adjustments(store::Store& store, const UserId& user,
                                            std::size_t limit, store::Cursor after) {
  return store::list(store, adjustments_codec(),
                     {.collection = adjustments_collection,
                      .index = "user_id",
                      .equals = {user.uuid},
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::points

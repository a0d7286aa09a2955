#pragma once

#include <optional>
#include <vector>

#include "points/adjustment.h"
#include "points/ledger.h"
#include "store/read.h"

namespace wattback::points {

// Which entries a statement shows: those that moved no points are left out unless asked for.
enum class ZeroEntries : std::uint8_t { leave_out, show };

// A member's entries, newest first.
store::Listing<Entry> statement(store::Store& store, const UserId& user, std::size_t limit,
                                store::Cursor after, ZeroEntries zero_entries);

// The entries that awarded a day, oldest first, each with the carry it began with. Reads the whole
// ledger of the member.
struct AwardEntry {
  Entry entry;
  Nanopoints carry_before;
};
std::vector<AwardEntry> list_awards(store::Store& store, const UserId& user, Day day);

std::optional<Entry> find_entry(store::Store& store, const UserId& user, std::int64_t seq);

std::optional<Adjustment> find_adjustment(store::Store& store, const AdjustmentId& id);

// A member's adjustments, newest first.
store::Listing<Adjustment> list_adjustments(store::Store& store, const UserId& user,
                                            std::size_t limit, store::Cursor after);

}  // namespace wattback::points

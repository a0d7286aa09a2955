// The ledger: every change of a member's points is an immutable entry, chained by hash to the one
// before. total_points, points_owed and points_carry of the member are what the last entry left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/energy.h"
#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "commit/workspace.h"
#include "store/codec.h"
#include "users/user.h"

namespace wattback::points {

enum class EntryKind : std::uint8_t {
  earned,    // readings raised or lowered a day's award
  restated,  // the same, where one of them restated an earlier value
  redeemed,  // spent on a reward
  refunded,  // given back by a cancelled redemption
  adjusted,  // given, taken or written off by an administrator
};

struct Entry {
  UserId user_id;
  std::int64_t seq = 0;  // counts from 1 without gaps within a member
  EntryKind kind = EntryKind::earned;
  Points points;           // the change of the balance
  Points owed;             // the change of what is owed
  Points balance;          // after it
  Nanopoints carry;        // after it
  Uuid cause;              // the redemption, adjustment, import or reading behind it
  std::optional<Day> day;  // these six of an award alone
  std::optional<Energy> day_renewable;
  std::optional<Energy> day_non_renewable;
  std::optional<Nanopoints> day_award;         // of that day, after it
  std::optional<Nanopoints> day_award_change;  // by how much it changed
  std::optional<std::int64_t> rules_version;
  std::optional<std::string> reason_code;
  Actor actor;
  Instant created_at;
  Digest hash{};
};

inline constexpr store::Collection ledger_collection{"points_ledger"};

const store::Codec<Entry>& ledger_codec();
store::Key entry_key(const UserId& user, std::int64_t seq);

// SHA-256 over the canonical encoding of an entry, version 1, and the hash before it.
Digest entry_hash(const Entry& entry, const Digest& before);

// What nanopoints become: whole points moved, and the rest, 0 to 10^9-1, carried on. The one place
// where awards are rounded.
struct Rounded {
  Points points;
  Nanopoints carry;
};
Rounded round_award(Nanopoints carry, Nanopoints change);

// A change of points as it moves a member: a rise repays what is owed first, a fall beyond the
// balance is owed.
struct Movement {
  Points points;
  Points owed;
};
Movement move(const users::User& user, Points change);

// Writes the next entry of a member: fills in seq, balance, carry and hash, and moves the member's
// projections with it. The draft says kind, points, owed, cause and the rest. The caller writes the
// member, once, when it is done with it.
Entry append(commit::Workspace& workspace, users::User& user, Entry draft);

// The balance that the entry of this cause left. A TornRead where the member, as the workspace has
// it, has no such entry.
Points balance_after(commit::Workspace& workspace, const users::User& user, std::int64_t seq,
                     const Uuid& cause);

}  // namespace wattback::points

template <>
struct wattback::EnumNames<wattback::points::EntryKind> {
  static constexpr std::array rows{std::pair{wattback::points::EntryKind::earned, "earned"},
                                   std::pair{wattback::points::EntryKind::restated, "restated"},
                                   std::pair{wattback::points::EntryKind::redeemed, "redeemed"},
                                   std::pair{wattback::points::EntryKind::refunded, "refunded"},
                                   std::pair{wattback::points::EntryKind::adjusted, "adjusted"}};
};

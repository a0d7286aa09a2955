#include "points/ledger.h"

#include <algorithm>

#include "base/check.h"
#include "base/sha256.h"

namespace wattback::points {
namespace {

constexpr std::string_view encoding = "wattback/ledger/1";

void add_optional(Sha256& hash, std::optional<std::int64_t> value) {
  hash.add_integer(value ? 1 : 0);
  hash.add_integer(value.value_or(0));
}

template <class T, class Get>
std::optional<std::int64_t> number(const std::optional<T>& value, Get get) {
  return value ? std::optional<std::int64_t>(get(*value)) : std::nullopt;
}

void fit(bool condition) {
  if (!condition) {
    throw commit::TornRead("a member does not fit the ledger");
  }
}

std::int64_t day_number(Day day) { return day.time_since_epoch().count(); }
std::int64_t milliwatt_hours(Energy energy) { return energy.milliwatt_hours; }
std::int64_t nanopoints(Nanopoints nanopoints) { return nanopoints.count; }

}  // namespace

const store::Codec<Entry>& ledger_codec() {
  static const store::Codec<Entry> codec(
      ledger_collection,
      {store::field<&Entry::user_id>("user_id"), store::field<&Entry::seq>("seq"),
       store::field<&Entry::kind>("kind"), store::field<&Entry::points>("points"),
       store::field<&Entry::owed>("owed"), store::field<&Entry::balance>("balance"),
       store::field<&Entry::carry>("carry"), store::field<&Entry::cause>("cause"),
       store::field<&Entry::day>("day"), store::field<&Entry::day_renewable>("day_renewable"),
       store::field<&Entry::day_non_renewable>("day_non_renewable"),
       store::field<&Entry::day_award>("day_award"),
       store::field<&Entry::day_award_change>("day_award_change"),
       store::field<&Entry::rules_version>("rules_version"),
       store::field<&Entry::reason_code>("reason_code"), store::field<&Entry::actor>("actor"),
       store::field<&Entry::created_at>("created_at"), store::field<&Entry::hash>("hash")});
  return codec;
}

store::Key entry_key(const UserId& user, std::int64_t seq) {
  return {.collection = ledger_collection, .values = {user.uuid, seq}, .shard = user.uuid};
}

Digest entry_hash(const Entry& entry, const Digest& before) {
  Sha256 hash;
  hash.add_part(encoding);
  hash.add_part(before);
  hash.add_part(entry.user_id.uuid.bytes);
  hash.add_integer(entry.seq);
  hash.add_part(to_text(entry.kind));
  hash.add_integer(entry.points.count);
  hash.add_integer(entry.owed.count);
  hash.add_integer(entry.balance.count);
  hash.add_integer(entry.carry.count);
  hash.add_part(entry.cause.bytes);
  add_optional(hash, number(entry.day, day_number));
  add_optional(hash, number(entry.day_renewable, milliwatt_hours));
  add_optional(hash, number(entry.day_non_renewable, milliwatt_hours));
  add_optional(hash, number(entry.day_award, nanopoints));
  add_optional(hash, number(entry.day_award_change, nanopoints));
  add_optional(hash, entry.rules_version);
  hash.add_part(entry.reason_code.value_or(""));
  hash.add_part(entry.actor.uuid.bytes);
  hash.add_integer(entry.created_at.time_since_epoch().count());
  return hash.finish();
}

Rounded round_award(Nanopoints carry, Nanopoints change) {
  check(carry.count >= 0 && carry.count < nanopoints_per_point);
  const auto exact = carry.count + change.count;
  auto points = exact / nanopoints_per_point;
  auto rest = exact % nanopoints_per_point;
  if (rest < 0) {  // division truncates; the carry is never negative
    rest += nanopoints_per_point;
    --points;
  }
  return {.points = {points}, .carry = {rest}};
}

Movement move(const users::User& user, Points change) {
  if (change >= Points{0}) {
    const auto repaid = std::min(user.points_owed, change);
    return {.points = change - repaid, .owed = -repaid};
  }
  const auto taken = std::min(user.total_points, -change);
  return {.points = -taken, .owed = -change - taken};
}

Entry append(commit::Workspace& workspace, users::User& user, Entry draft) {
  user.total_points += draft.points;
  user.points_owed += draft.owed;
  check(user.total_points >= Points{0});
  check(user.points_owed >= Points{0});
  check(user.total_points == Points{0} || user.points_owed == Points{0});
  draft.user_id = user.user_id;
  draft.seq = ++user.ledger_seq;
  draft.balance = user.total_points;
  draft.carry = user.points_carry;
  draft.hash = entry_hash(draft, user.ledger_head);
  user.ledger_head = draft.hash;
  workspace.insert(ledger_codec(), draft);
  return draft;
}

// Where another process wrote the cause and its entry since the member was read, that entry is the
// member's next: it must not come into the workspace, which may append one in its place, or has.
Points balance_after(commit::Workspace& workspace, const users::User& user, std::int64_t seq,
                     const Uuid& cause) {
  fit(seq <= user.ledger_seq);
  const auto entry = workspace.get(ledger_codec(), entry_key(user.user_id, seq));
  fit(entry && entry->cause == cause);
  return entry->balance;
}

}  // namespace wattback::points

#include "operations/audit_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/sha256.h"

namespace wattback::operations {
namespace {

bool is_award(points::EntryKind kind) {
  switch (kind) {
    case points::EntryKind::earned:
    case points::EntryKind::restated:
      return true;
    case points::EntryKind::redeemed:
    case points::EntryKind::refunded:
    case points::EntryKind::adjusted:
      return false;
  }
  check(false);
  return false;
}

std::string_view cause_collection(points::EntryKind kind) {
  return kind == points::EntryKind::adjusted ? points::adjustments_collection.name
                                             : redemptions::collection.name;
}

Wide change_of(const points::Entry& entry) { return Wide{entry.points.count} - entry.owed.count; }

struct WideMovement {
  Wide points = 0;
  Wide owed = 0;
};

// What the change of a member does, by the rule of points::move.
WideMovement movement(Wide balance, Wide owed, Wide change) {
  if (change >= 0) {
    const auto repaid = std::min(owed, change);
    return {.points = change - repaid, .owed = -repaid};
  }
  const auto taken = std::min(balance, -change);
  return {.points = -taken, .owed = -change - taken};
}

}  // namespace

LedgerAudit::LedgerAudit(Findings& findings, const RuleBook& rules, const users::User& user)
    : findings_(&findings), rules_(&rules), user_(&user) {}

void LedgerAudit::expect(const points::Adjustment& adjustment) {
  claims_.emplace(adjustment.seq, Claim{.collection = points::adjustments_collection,
                                        .document = adjustment.adjustment_id.uuid,
                                        .kind = points::EntryKind::adjusted,
                                        .change = adjustment.points,
                                        .reason_code = adjustment.reason_code,
                                        .at = adjustment.created_at});
}

void LedgerAudit::expect(const redemptions::Redemption& redemption) {
  const Claim taken{.collection = redemptions::collection,
                    .document = redemption.redemption_id.uuid,
                    .kind = points::EntryKind::redeemed,
                    .change = -redemption.points_redeemed,
                    .at = redemption.redemption_date};
  claims_.emplace(redemption.seq, taken);
  const bool cancelled = redemption.status == redemptions::Status::cancelled;
  if (cancelled != redemption.refund_seq.has_value()) {
    findings_->report(Invariant::effects, name_of(redemptions::key(redemption.redemption_id)),
                      fmt::format("is {} {} a refund_seq", wattback::to_text(redemption.status),
                                  cancelled ? "without" : "with"));
  }
  if (redemption.refund_seq) {
    claims_.emplace(*redemption.refund_seq, Claim{.collection = redemptions::collection,
                                                  .document = redemption.redemption_id.uuid,
                                                  .kind = points::EntryKind::refunded,
                                                  .change = redemption.points_redeemed});
  }
}

void LedgerAudit::check(const points::Entry& entry) {
  if (entry.seq == seq_ + 1) {
    check_movement(entry);
    check_carry(entry);
    check_hash(entry);
  } else {
    report(Invariant::ledger, entry,
           entry.seq == seq_ + 2
               ? fmt::format("entry {} before it is missing", seq_ + 1)
               : fmt::format("entries {} to {} before it are missing", seq_ + 1, entry.seq - 1));
  }
  if (is_award(entry.kind)) {
    check_award(entry);
  } else {
    check_effect(entry);
  }
  follow(entry);
}

void LedgerAudit::report(Invariant invariant, const points::Entry& entry, std::string detail) {
  findings_->report(invariant, name_of(points::entry_key(entry.user_id, entry.seq)),
                    std::move(detail));
}

void LedgerAudit::check_movement(const points::Entry& entry) {
  const auto expected = movement(balance_, owed_, change_of(entry));
  if (entry.points.count != expected.points || entry.owed.count != expected.owed) {
    report(Invariant::ledger, entry,
           fmt::format("points and owed are {} and {}, expected {} and {} (balance {}, owed {} "
                       "before it)",
                       entry.points.count, entry.owed.count, expected.points, expected.owed,
                       balance_, owed_));
  }
  if (entry.balance.count != balance_ + entry.points.count) {
    report(Invariant::ledger, entry,
           fmt::format("balance is {}, expected {} ({} before it)", entry.balance.count,
                       balance_ + entry.points.count, balance_));
  }
}

void LedgerAudit::check_carry(const points::Entry& entry) {
  const Wide change = entry.day_award_change ? entry.day_award_change->count : 0;
  const Wide moved = is_award(entry.kind) ? change_of(entry) : Wide{0};
  const Wide expected = carry_.count + change - moved * nanopoints_per_point;
  if (entry.carry.count != expected) {
    report(Invariant::ledger, entry,
           fmt::format("carry is {}, expected {} ({} before it, an award of {}, {} points)",
                       entry.carry.count, expected, carry_.count, change, moved));
  }
}

void LedgerAudit::check_hash(const points::Entry& entry) {
  if (entry.hash != points::entry_hash(entry, hash_)) {
    report(Invariant::ledger, entry,
           "hash is not that of its values and the hash of the entry before it");
  }
}

void LedgerAudit::check_award(const points::Entry& entry) {
  if (!entry.day || !entry.day_renewable || !entry.day_non_renewable || !entry.day_award ||
      !entry.day_award_change || !entry.rules_version) {
    report(Invariant::ledger, entry,
           fmt::format("is {} without its day's energies, award and rule",
                       wattback::to_text(entry.kind)));
    return;
  }
  usage_points_ += change_of(entry);
  const auto* rules = rules_->version(*entry.rules_version);
  if (rules == nullptr) {
    dangling_.note("rules_version", *entry.rules_version, earning::collection.name,
                   points::entry_key(entry.user_id, entry.seq));
  } else if (rules != rules_->in_force(*entry.day)) {
    const auto* in_force = rules_->in_force(*entry.day);
    report(Invariant::awards, entry,
           fmt::format("rules_version is {}, in force on {} is {}", rules->rules_version,
                       wattback::to_text(*entry.day),
                       in_force == nullptr ? 0 : in_force->rules_version));
  } else {
    const auto expected =
        RuleBook::award(*rules, {.renewable = entry.day_renewable->milliwatt_hours,
                                 .non_renewable = entry.day_non_renewable->milliwatt_hours});
    if (entry.day_award->count != expected) {
      report(Invariant::ledger, entry,
             fmt::format("day_award is {}, expected {} by rule {} for its energies",
                         entry.day_award->count, expected, rules->rules_version));
    }
  }
  check_day(entry);
}

void LedgerAudit::check_day(const points::Entry& entry) {
  auto& day = days_[*entry.day];
  const Wide before = Wide{entry.day_award->count} - entry.day_award_change->count;
  if (before != day.award.count) {
    report(Invariant::ledger, entry,
           fmt::format("day_award before it was {}, by the entry before it for {} {}", before,
                       wattback::to_text(*entry.day), day.award.count));
  }
  day.seq = entry.seq;
  day.award = *entry.day_award;
  if (std::ranges::find(day.causes, entry.cause, &Cause::id) == day.causes.end()) {
    day.causes.push_back({.seq = entry.seq, .id = entry.cause});
  }
}

void LedgerAudit::check_effect(const points::Entry& entry) {
  if (entry.day || entry.day_renewable || entry.day_non_renewable || entry.day_award ||
      entry.day_award_change || entry.rules_version) {
    report(Invariant::ledger, entry,
           fmt::format("is {} with a day's award", wattback::to_text(entry.kind)));
  }
  const auto [first, last] = claims_.equal_range(entry.seq);
  const auto found = std::find_if(first, last, [&entry](const auto& claim) {
    return claim.second.kind == entry.kind && claim.second.document == entry.cause;
  });
  if (found == last) {
    report(Invariant::effects, entry,
           fmt::format("is {} by {}, which is not in {} naming this entry",
                       wattback::to_text(entry.kind), wattback::to_text(entry.cause),
                       cause_collection(entry.kind)));
    return;
  }
  const auto& claim = found->second;
  const auto name = name_of({.collection = claim.collection, .values = {claim.document}});
  if (change_of(entry) != claim.change.count) {
    report(Invariant::effects, entry,
           fmt::format("points less owed are {}, by {} {}", change_of(entry), name,
                       claim.change.count));
  }
  if (claim.at && *claim.at != entry.created_at) {
    report(Invariant::effects, entry,
           fmt::format("created_at is {}, by {} {}", wattback::to_text(entry.created_at), name,
                       wattback::to_text(*claim.at)));
  }
  if (entry.reason_code != claim.reason_code) {
    report(Invariant::effects, entry,
           fmt::format("reason_code is '{}', by {} '{}'", entry.reason_code.value_or(""), name,
                       claim.reason_code.value_or("")));
  }
  claims_.erase(found);
}

// Goes on from the entry as it is, so that one break is not found again in all that follow.
void LedgerAudit::follow(const points::Entry& entry) {
  if (entry.seq == seq_ + 1) {
    owed_ += movement(balance_, owed_, change_of(entry)).owed;
  } else {
    owed_ = entry.balance > Points{0} ? Wide{0} : owed_ + entry.owed.count;
  }
  seq_ = entry.seq;
  balance_ = entry.balance.count;
  carry_ = entry.carry;
  hash_ = entry.hash;
  points_sum_ += entry.points.count;
  owed_sum_ += entry.owed.count;
}

void LedgerAudit::finish() {
  dangling_.report_to(*findings_);
  const auto name = name_of(users::key(user_->user_id));
  const auto agree = [&](Invariant invariant, std::string_view field, std::int64_t found,
                         std::string_view what, Wide expected) {
    if (found != expected) {
      findings_->report(invariant, name,
                        fmt::format("{} is {}, {} {}", field, found, what, expected));
    }
  };
  agree(Invariant::balance, "total_points", user_->total_points.count,
        "the points of its entries sum to", points_sum_);
  agree(Invariant::balance, "points_owed", user_->points_owed.count,
        "the owed of its entries sum to", owed_sum_);
  if (user_->total_points > Points{0} && user_->points_owed > Points{0}) {
    findings_->report(Invariant::balance, name,
                      fmt::format("total_points {} and points_owed {} are both above 0",
                                  user_->total_points.count, user_->points_owed.count));
  }
  agree(Invariant::ledger, "ledger_seq", user_->ledger_seq, "its last entry is", seq_);
  agree(Invariant::ledger, "points_carry", user_->points_carry.count,
        "its last entry leaves a carry of", carry_.count);
  if (user_->ledger_head != hash_) {
    findings_->report(Invariant::ledger, name,
                      fmt::format("ledger_head is {}, the hash of its last entry {}",
                                  to_hex(user_->ledger_head), to_hex(hash_)));
  }
  for (const auto& [seq, claim] : claims_) {
    findings_->report(Invariant::effects,
                      name_of({.collection = claim.collection, .values = {claim.document}}),
                      fmt::format("entry {} of {} is not the {} one it names", seq, name,
                                  wattback::to_text(claim.kind)));
  }
}

}  // namespace wattback::operations

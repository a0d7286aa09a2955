// A member's entries, recomputed one from the other: I1, I2 and I4, and what they say of days.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operations/audit_findings.h"
#include "operations/audit_rules.h"
#include "points/adjustment.h"
#include "points/ledger.h"
#include "redemptions/redemption.h"
#include "users/user.h"

namespace wattback::operations {

// What is behind an entry: the first of a day where several have it.
struct Cause {
  std::int64_t seq = 0;
  Uuid id;
};

// What the entries of one local day leave it with.
struct LedgerDay {
  std::int64_t seq = 0;       // of the last of them
  Nanopoints award;           // after it
  std::vector<Cause> causes;  // behind them: readings of that day, or imports
};

class LedgerAudit {
 public:
  LedgerAudit(Findings& findings, const RuleBook& rules, const users::User& user);

  // First what the entries are to be the effects of.
  void expect(const points::Adjustment& adjustment);
  void expect(const redemptions::Redemption& redemption);

  void check(const points::Entry& entry);  // then the entries in order
  void finish();                           // then this, once

  // Of what usage earned, points less owed; and the days it was earned on.
  Wide usage_points() const { return usage_points_; }
  std::map<Day, LedgerDay>& days() { return days_; }

 private:
  // An effect that a document says is in the entry with this seq.
  struct Claim {
    store::Collection collection;
    Uuid document;
    points::EntryKind kind = points::EntryKind::adjusted;
    Points change;  // points less owed
    std::optional<std::string> reason_code;
    std::optional<Instant> at;
  };

  void report(Invariant invariant, const points::Entry& entry, std::string detail);
  void check_movement(const points::Entry& entry);
  void check_carry(const points::Entry& entry);
  void check_hash(const points::Entry& entry);
  void check_award(const points::Entry& entry);
  void check_day(const points::Entry& entry);
  void check_effect(const points::Entry& entry);
  void follow(const points::Entry& entry);

  Findings* findings_;
  const RuleBook* rules_;
  const users::User* user_;

  // After the last entry, by its own words; owed as it must be.
  std::int64_t seq_ = 0;
  Wide balance_ = 0;
  Wide owed_ = 0;
  Nanopoints carry_;
  Digest hash_{};

  Wide points_sum_ = 0;
  Wide owed_sum_ = 0;
  Wide usage_points_ = 0;
  std::map<Day, LedgerDay> days_;
  std::multimap<std::int64_t, Claim> claims_;
  Dangling dangling_;
};

}  // namespace wattback::operations

// A member's readings, summed by local day: I5 to I8 as far as they are about usage.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "meters/meter.h"
#include "operations/audit_imports.h"
#include "operations/audit_ledger.h"
#include "operations/audit_rules.h"
#include "operations/audit_stream.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::operations {

using Meters = std::map<MeterId, meters::Meter>;

// Readings come in order of their start, days of several zones between each other; a day is open
// from its first reading until no zone can have another one, so a handful are open at once. The
// member's usage_daily are drawn alongside as days close.
class UsageAudit {
 public:
  UsageAudit(Findings& findings, store::Snapshot& snapshot, const RuleBook& rules,
             const users::User& user, const Meters& meters, LedgerAudit& ledger,
             OwnedStream<usage::UsageDaily>& daily);

  void check(const usage::Reading& reading);  // in order of date
  void finish();                              // then this, once

 private:
  struct OpenDay {
    WideEnergy energy;
    std::int64_t readings = 0;
    Wide points_earned = 0;
    std::vector<Cause> causes;  // of the day's entries, not seen yet
  };

  void report(Invariant invariant, const usage::Reading& reading, std::string detail);
  OpenDay& open(Day day);
  void check_identity(const usage::Reading& reading);
  Day check_meter(const usage::Reading& reading);
  void check_rules(const usage::Reading& reading, Day day);

  void close_before(Instant date);
  void close(Day day, const OpenDay& sum);
  void close_days_without_readings(std::optional<Day> before);
  void compare(const usage::UsageDaily& daily, const OpenDay& sum);
  void compare_award(const usage::UsageDaily& daily, Wide award);
  void check_entries(Day day, const OpenDay& sum, std::optional<Nanopoints> award);
  Wide award_of(Day day, const WideEnergy& energy) const;

  Findings* findings_;
  const RuleBook* rules_;
  const users::User* user_;
  const Meters* meters_;
  LedgerAudit* ledger_;
  OwnedStream<usage::UsageDaily>* daily_stream_;
  std::optional<usage::UsageDaily> daily_;  // the next of them
  MemberImports imports_;

  std::map<Day, OpenDay> open_;
  Dangling dangling_;
  Wide award_sum_ = 0;
  Wide points_sum_ = 0;
};

}  // namespace wattback::operations

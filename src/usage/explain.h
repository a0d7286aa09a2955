// Why points are what they are: the readings of a day, the rule in force, the exact award and its
// rounding, so that anyone can recompute it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "earning/rules.h"
#include "points/reads.h"
#include "usage/reading.h"

namespace wattback::usage {

struct DayExplanation {
  UsageDaily daily;
  earning::EarningRules rules;
  std::vector<Reading> readings;
  std::vector<points::AwardEntry> entries;  // that made its award what it is
};

struct EntryExplanation {
  points::Entry entry;
  Nanopoints carry_before;            // of the entry before it; 0 before the first
  std::optional<DayExplanation> day;  // as it stands now, of an entry that awards one; no entries
};

// `not_found` when the member has nothing recorded on that day, or no such entry.
Result<DayExplanation> explain_day(store::Store& store, const UserId& user, Day day);
Result<EntryExplanation> explain_entry(store::Store& store, const UserId& user, std::int64_t seq);

}  // namespace wattback::usage

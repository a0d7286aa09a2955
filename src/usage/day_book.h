// One member's local day while a command changes its readings: it keeps the day's sums and exact
// award, attributes the points, and writes one ledger entry when it is closed.
//
// A command opens one book at a time: the carry runs through the days in turn, so that every entry
// follows from the one before it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "commit/workspace.h"
#include "earning/rules.h"
#include "points/ledger.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::usage {

class DayBook {
 public:
  // The member is changed as the book goes, and must outlive it; the caller writes it afterwards.
  DayBook(commit::Workspace& workspace, users::User& user, const earning::EarningRules& rules,
          Day day);

  // A reading of this day goes from `before` (absent: there was none) to `after`. Answers the
  // points attributed to it, which may be negative; `limit_exceeded`, with nothing changed, when
  // the day would hold too much.
  Result<Points> change(EnergyType type, std::optional<Energy> before, Energy after);

  const earning::EarningRules& rules() const { return *rules_; }

  // Writes the day and, where its award moved, the entry: `restated` if any reading was.
  void close(points::EntryKind kind, const Uuid& cause, const Actor& actor, Instant now);

 private:
  commit::Workspace* workspace_;
  users::User* user_;
  const earning::EarningRules* rules_;
  UsageDaily daily_;
  bool is_new_ = false;
  bool changed_ = false;
  Nanopoints award_before_;
  Points points_;
};

}  // namespace wattback::usage

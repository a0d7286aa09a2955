// Whether a store still holds what the programme promises: the invariants I1 to I8 of the design,
// recomputed from the documents alone.
//
// The audit reads every document once (redemptions twice), as a merge of scans ordered by member
// and then by reward, and keeps what it knows of one member at a time. Where a snapshot of the
// store ends before the scan does, it goes by ranges of members, each in a snapshot of its own; no
// member is judged by two snapshots, and one found broken is audited again by itself in a fresh
// snapshot, which alone is reported.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/enum_names.h"
#include "store/store.h"

namespace wattback::operations {

enum class Invariant : std::uint8_t {
  balance,     // I1: a member's balance and what is owed are the sums of the entries
  ledger,      // I2: entries without gaps, each following from the one before, to the head
  stock,       // I3: units put in stock are those left and those redeemed
  effects,     // I4: each redemption, refund and adjustment has its one entry
  identity,    // I5: one effect per cause: ids and fingerprints are those of what caused them
  awards,      // I6: awards follow from readings and rules alone, and points from awards
  days,        // I7: a day is its readings summed
  references,  // I8: every reference and every derived field agrees with what it stands for
};

// One thing that does not agree with another.
struct Break {
  Invariant invariant = Invariant::balance;
  std::string document;  // points_ledger[0192... 7]
  std::string detail;    // balance is 41, expected 40
};
std::string to_text(const Break& found);  // "I2 points_ledger[0192... 7]: balance is 41, ..."

using SteadyTime = std::chrono::steady_clock::time_point;

struct AuditOptions {
  std::function<void(const Break&)> on_break;                         // each as it is found
  std::function<void(std::uint64_t checked)> on_progress;             // now and then
  std::function<SteadyTime()> now = &std::chrono::steady_clock::now;  // to see a snapshot's end
};

struct AuditReport {
  std::uint64_t checked = 0;      // documents
  std::uint64_t broken = 0;       // breaks reported
  std::uint64_t snapshots = 0;    // that it took
  std::size_t open_days_max = 0;  // days of one member whose readings were being summed at once

  bool ok() const { return broken == 0; }
};

// Writes nothing. The schema must have been applied.
AuditReport audit(store::Store& store, const AuditOptions& options = {});

}  // namespace wattback::operations

template <>
struct wattback::EnumNames<wattback::operations::Invariant> {
  using enum wattback::operations::Invariant;
  static constexpr std::array rows{std::pair{balance, "I1"},  std::pair{ledger, "I2"},
                                   std::pair{stock, "I3"},    std::pair{effects, "I4"},
                                   std::pair{identity, "I5"}, std::pair{awards, "I6"},
                                   std::pair{days, "I7"},     std::pair{references, "I8"}};
};

// The earning rules as an audit applies them: in integers that no energy overflows, and without a
// condition that a corrupt store could break.
#pragma once

#include <cstdint>
#include <vector>

#include "earning/rules.h"
#include "operations/audit_findings.h"
#include "store/store.h"

namespace wattback::operations {

// A local day's energy in mWh.
struct WideEnergy {
  Wide renewable = 0;
  Wide non_renewable = 0;

  Wide& of(EnergyType type) { return type == EnergyType::renewable ? renewable : non_renewable; }
};

class RuleBook {
 public:
  explicit RuleBook(std::vector<earning::EarningRules> versions);

  const earning::EarningRules* version(std::int64_t version) const;  // null: there is none
  const earning::EarningRules* in_force(Day day) const;              // null: there is no version 1

  // Nanopoints.
  static Wide award(const earning::EarningRules& rules, const WideEnergy& energy);

 private:
  std::vector<earning::EarningRules> versions_;  // by version
};

// The versions the snapshot has, as they are; those that are no documents of ours left out.
RuleBook load_rules(store::Snapshot& snapshot);

// Checks the programme and its rules: I8.
void audit_programme(Findings& findings, store::Snapshot& snapshot);

}  // namespace wattback::operations

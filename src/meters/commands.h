#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commit/command.h"
#include "meters/meter.h"

namespace wattback::meters {

// Makes a meter before its first reading. Repeated, it answers the meter that is there; another
// meter of the member with that label is `already_exists`.
struct CreateMeter {
  using Reply = Meter;

  UserId user;
  MeterReference meter;

  std::vector<store::Key> keys() const;
  Result<Meter> decide(commit::Workspace& workspace) const;
};

// Changes the label; nothing else of a meter is ever edited.
struct RelabelMeter {
  using Reply = Meter;

  UserId user;
  MeterId meter;
  std::string label;

  std::vector<store::Key> keys() const;
  Result<Meter> decide(commit::Workspace& workspace) const;
};

// The meter of the reference as the workspace has it, or as it is to be made (not inserted yet).
// `already_exists` when its label belongs to another meter of the member, or was the first of one
// that has another now; `limit_exceeded` when the member has as many as there may be.
struct FoundMeter {
  Meter meter;
  bool is_new = false;
};
Result<FoundMeter> find_or_draft(commit::Workspace& workspace, const UserId& user,
                                 const MeterReference& reference);

}  // namespace wattback::meters

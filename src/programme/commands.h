#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commit/command.h"
#include "programme/programme.h"

namespace wattback::programme {

// Changes settings; what is absent stays. `precondition_failed` when an edition is expected and
// another stands, unless what is asked for stands already.
struct EditProgramme {
  using Reply = Programme;

  std::optional<std::string> name;
  std::optional<TimeZone> time_zone;
  std::optional<bool> self_reporting;
  std::optional<std::int64_t> expected_edition;

  std::vector<store::Key> keys() const { return {key()}; }
  Result<Programme> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::programme

#pragma once

#include <string>
#include <vector>

#include "commit/command.h"
#include "earning/rules.h"
#include "programme/programme.h"

namespace wattback::earning {

// Makes the programme and version 1 of its earning rules, before first use. `already_exists` when
// there is a programme, unless this command made it.
struct StartProgramme {
  using Reply = programme::Programme;

  std::string name;
  TimeZone time_zone = TimeZone::utc();
  RuleTerms terms = default_terms();
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const { return {programme::key(), key(1)}; }
  Result<programme::Programme> decide(commit::Workspace& workspace) const;
};

// Publishes the version after `follows`. That version there already with the same content is done,
// with other content `conflict`. Its effective day is at least two days after the UTC date.
struct PublishRules {
  using Reply = EarningRules;

  std::int64_t follows = 1;
  Day effective_day;
  RuleTerms terms;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const { return {programme::key(), key(follows + 1)}; }
  Result<EarningRules> decide(commit::Workspace& workspace) const;
};

// All versions there are, as a command sees them.
std::vector<EarningRules> load_versions(commit::Workspace& workspace,
                                        const programme::Programme& programme);

}  // namespace wattback::earning

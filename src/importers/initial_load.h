// The initial load: existing users and rewards, from CSV or NDJSON. A row makes what is not there
// and changes what is, by email or by name; run again it changes nothing. An opening balance is an
// adjustment and an opening stock a movement, made once each. A row is taken as a whole or rejected
// as a whole; a second row of one email or name is rejected.
//
// users:   email, name, role, time_zone, opening_points
// rewards: name, description, points_required, opening_stock
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "base/time.h"
#include "commit/committer.h"
#include "importers/format.h"
#include "importers/input.h"
#include "importers/run.h"
#include "store/store.h"

namespace wattback::importers {

struct LoadCounts {
  std::int64_t read = 0;
  std::int64_t created = 0;
  std::int64_t changed = 0;  // edited, or opened with what it was not given before
  std::int64_t unchanged = 0;
  std::int64_t rejected = 0;
};

enum class LoadMode : std::uint8_t { commit, dry_run };

// `invalid` for an input that is refused as a whole, `unavailable` when the store will not take it:
// run it again to go on. Rows that can't be taken are told to the observer.
Result<LoadCounts> load_users(store::Store& store, commit::Committer& committer, const Clock& clock,
                              Input& input, const Actor& actor, LoadMode mode,
                              const ImportObserver& observer);
Result<LoadCounts> load_rewards(store::Store& store, commit::Committer& committer,
                                const Clock& clock, Input& input, const Actor& actor, LoadMode mode,
                                const ImportObserver& observer);

}  // namespace wattback::importers

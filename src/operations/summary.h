// The programme in numbers, streamed from one snapshot; where one does not last for all of it, from
// several, one after the other.
#pragma once

#include <cstdint>

#include "base/energy.h"
#include "base/error.h"
#include "base/points.h"
#include "programme/programme.h"
#include "store/store.h"

namespace wattback::operations {

struct UserCounts {
  std::int64_t active = 0;
  std::int64_t suspended = 0;

  bool operator==(const UserCounts&) const = default;
};

struct ProgrammeSummary {
  programme::Programme programme;
  UserCounts members;
  UserCounts administrators;
  Points points_outstanding;  // balances of all users
  Points points_owed;
  std::int64_t pending_redemptions = 0;
  Points pending_points;  // spent on those
  Energy renewable;
  Energy non_renewable;
  std::int64_t readings = 0;
};

// `not_found` when there is no programme yet.
Result<ProgrammeSummary> summarise(store::Store& store);

}  // namespace wattback::operations

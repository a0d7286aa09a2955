// The programme's own settings: one document a store. It is made together with its first earning
// rules, by earning::StartProgramme.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::programme {

struct Programme {
  ProgrammeId programme_id;
  std::string name;
  TimeZone time_zone = TimeZone::utc();  // of members who state none
  bool self_reporting = false;           // whether members may record their own usage
  std::int64_t rules_version = 1;        // the newest version there is
  Instant created_at;
  std::int64_t edition = 1;
  std::int64_t version = 1;
};

inline constexpr store::Collection collection{"programme"};
inline constexpr std::size_t name_max = 200;

const store::Codec<Programme>& codec();
ProgrammeId programme_id();  // the same in every store
store::Key key();

}  // namespace wattback::programme

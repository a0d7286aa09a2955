// Where readings come from. The first reading of a meter fixes its zone, its cadence and its phase;
// one of another cadence or phase is refused, so intervals never overlap and no energy is paid
// twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::meters {

struct Meter {
  MeterId meter_id;
  UserId user_id;
  std::string label;
  std::optional<std::string> identifier;  // the meter data source's own name for it
  std::optional<Digest> identifier_digest;
  std::optional<TimeZone> time_zone;
  std::optional<Seconds> cadence;  // between readings; 0: the local day
  std::optional<Seconds> phase;    // start modulo cadence; 0 for the local day
  std::int64_t version = 1;

  bool is_fixed() const { return cadence.has_value(); }
};

inline constexpr store::Collection collection{"meters"};
inline constexpr std::string_view index_label = "label";
inline constexpr std::string_view index_identifier = "identifier";
inline constexpr std::string_view default_label = "default";  // of readings that name no meter
inline constexpr std::size_t label_max = 64;
inline constexpr std::size_t identifier_max = 256;
inline constexpr std::size_t meters_max = 200;  // of a member
inline constexpr Seconds local_day_cadence{0};

const store::Codec<Meter>& codec();
store::Key key(const UserId& user, const MeterId& id);
store::Key label_key(const UserId& user, std::string_view label);

// A meter as a command names it: the one with this id, or, where there is none yet, how it is made.
struct MeterReference {
  MeterId meter_id;
  std::string label{default_label};
  std::optional<std::string> identifier;
  bool is_draft = false;  // none had this label or identifier when it was looked for
  // Of the member, as counted before. It may be a little behind: it keeps a member's meters few,
  // and nothing else rests on it. The default meter is made however many there are.
  std::size_t meters_held = 0;
};

// The reference of a meter that is not there yet: its id derives from the member and the
// identifier, or the label where there is none.
MeterReference new_reference(const UserId& user, std::string_view label,
                             const std::optional<std::string>& identifier);

Digest identifier_digest(std::string_view identifier);

// An interval of time.
struct Interval {
  Instant start;
  Seconds duration{0};

  Instant end() const { return start + duration; }
};

// The meter with its zone, cadence and phase as this first interval fixes them: the local day where
// it runs from one local midnight to the next, else seconds.
Meter fixed_by(Meter meter, const TimeZone& zone, const Interval& first);

// Whether a fixed meter can have this interval; a sentence why not otherwise.
std::optional<std::string> find_misfit(const Meter& meter, const Interval& interval);

}  // namespace wattback::meters

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commit/command.h"
#include "meters/meter.h"
#include "usage/reading.h"

namespace wattback::usage {

enum class Outcome : std::uint8_t {
  accepted,    // recorded anew
  duplicate,   // the same value was there
  restated,    // another value was there; this one stands now
  superseded,  // another value was there and stands
  rejected,    // not taken, see the error
};

struct ReadingReply {
  Outcome outcome = Outcome::rejected;
  UsageId usage_id;            // nil where rejected before it had one
  Points points;               // attributed by this command
  Energy energy_change;        // of what is recorded
  std::optional<Error> error;  // of a rejected one
};

struct RecordReply {
  std::vector<ReadingReply> readings;  // in the order they were given
  Points total_points;                 // of the member, after it
  Points points_owed;
};

// Records readings of one meter of one member. A reading that can't be taken is rejected by itself;
// the others go on. The command fails as a whole only for the member, the programme or the meter's
// label.
struct RecordReadings {
  using Reply = RecordReply;

  UserId user;
  meters::MeterReference meter;
  std::vector<ReadingInput> readings;
  std::optional<ImportId> import_id;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<RecordReply> decide(commit::Workspace& workspace) const;
};

// Restates to 0 those of the member's readings whose standing value came from the import, at the
// newer of now and their as_of. The others, and those at 0 already, stay. Answers how many it
// restated.
struct WithdrawReadings {
  struct Reply {
    std::int64_t restated = 0;
    Energy energy_change;
    Points points;
  };
  static constexpr auto lane = commit::Lane::bulk;

  UserId user;
  std::vector<UsageId> readings;
  ImportId import_id;
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const;
  Result<Reply> decide(commit::Workspace& workspace) const;
};

// How many documents a command for these days may write: each reading, each day and its entry, the
// member, the meter, the import. Whoever cuts bulk work keeps it within command_documents_max.
constexpr std::size_t documents_written(std::size_t readings, std::size_t days) {
  return readings + 2 * days + 3;
}

}  // namespace wattback::usage

template <>
struct wattback::EnumNames<wattback::usage::Outcome> {
  static constexpr std::array rows{std::pair{wattback::usage::Outcome::accepted, "accepted"},
                                   std::pair{wattback::usage::Outcome::duplicate, "duplicate"},
                                   std::pair{wattback::usage::Outcome::restated, "restated"},
                                   std::pair{wattback::usage::Outcome::superseded, "superseded"},
                                   std::pair{wattback::usage::Outcome::rejected, "rejected"}};
};

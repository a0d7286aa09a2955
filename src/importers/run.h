// Runs an import: the readings of an input, taken in piece by piece through the committer. Killed
// at any moment and run again it goes on where it was; run again when done it changes nothing.
//
// The records of a file are taken in windows, each sorted by member, meter and start, so that a
// piece holds many readings of one meter and day. The order depends on the input and the options
// alone, and an import's `progress` counts along it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"
#include "commit/committer.h"
#include "importers/format.h"
#include "importers/import.h"
#include "importers/input.h"
#include "importers/reading_record.h"
#include "store/store.h"
#include "usage/commands.h"

namespace wattback::importers {

inline constexpr std::size_t window_records_max = 4096;
inline constexpr std::size_t pieces_in_flight_max = 160;  // two groups of them and more
inline constexpr std::int64_t records_in_flight_max = 4 * window_records_max;

struct ImportOptions {
  std::optional<UserId> user;             // of all readings; absent: each says its own
  std::optional<std::string> meter;       // the label of all readings' meter; absent: as each says
  std::optional<Format> format;           // absent: detected
  std::optional<EnergyType> energy_type;  // of readings that say none
  std::optional<TimeZone> zone;  // of local times; absent: the member's, else the programme's
  EnergyUnit unit = EnergyUnit::kilowatt_hours;
  std::optional<Seconds> interval;
  std::optional<Instant> as_of;
  Actor actor;

  // Of a bulk: what its sender calls it. Sent again, each of its records is decided again under the
  // first receipt's as_of; with other content it is `key_reused`. Absent: the content is the name,
  // and what is in is not looked at again.
  std::optional<IdempotencyKey> key;

  // Where a stop is asked for, the import ends between two pieces as `unavailable`; the same input
  // again goes on from there.
  std::stop_token stop;

  // A dry run holds all that would be written: beyond so many records it is `limit_exceeded`.
  std::optional<std::int64_t> dry_records_max;

  // What who asks calls `as_of`, for messages.
  std::string_view as_of_called = "as_of";

  // How long a piece is sent again that the store can't settle, before the import is `unavailable`.
  Milliseconds unsettled_max{0};
};

struct RejectedRecord {
  std::int64_t line = 0;
  std::optional<Instant> start;  // of a reading, where it is known
  std::string_view code;         // a RejectionCode's word, or an ErrorCode's
  std::string reason;
  UsageId usage_id;  // nil where it is none yet
};

// What is wrong, and with which reading: many of a feed may stand in one line.
std::string told_reason(const RejectedRecord& rejected);

struct TakenRecord {
  std::int64_t line = 0;
  const usage::ReadingReply& reply;
};

// How far from the order of the lines a run may tell what was rejected, in records: what is in
// flight is behind what is read, and the order within a window is another.
inline constexpr std::size_t disorder_records_max = records_in_flight_max + 2 * window_records_max;

// What a run tells while it goes on, not always in the order of the lines. Each may be empty. A run
// that goes on with an import, or repeats one, tells all that was rejected again, with the reasons
// that hold now: the store keeps how many there were, not which. A reading that would be taken now
// is told as one that was rejected.
struct ImportObserver {
  std::function<void(const Input::Progress&)> progress;
  std::function<void(const RejectedRecord&)> rejected;
  std::function<void(const TakenRecord&)> taken;  // by this run
  // The store could not settle something for a while; again with each further try.
  std::function<void(const Error&)> waits;
};

struct ImportResult {
  Import import;
  Counts counts;          // what this run changed; of a resumed import, what all its runs did
  bool repeated = false;  // it was done before; nothing changed
  bool resumed = false;   // an earlier run had begun it
};

// `invalid` for an input that is refused as a whole, such as one that says no energy type, or one
// of several meters of a member that are all to have one label: then nothing was written.
// `unavailable` when the store will not take a piece: run it again to go on.
Result<ImportResult> run_import(store::Store& store, commit::Committer& committer,
                                const Clock& clock, Input& input, const ImportOptions& options,
                                const ImportObserver& observer);

// What run_import would do, with nothing written. Holds in memory what it would write.
Result<ImportResult> dry_run_import(store::Store& store, const Clock& clock, Input& input,
                                    const ImportOptions& options, const ImportObserver& observer);

}  // namespace wattback::importers

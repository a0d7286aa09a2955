// Runs migrations on a store, straight through the port: no committer of this process may be at
// work on it. Servers of other processes may, see Pass::Rewrite.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "operations/migration.h"
#include "operations/schema_history.h"
#include "store/store.h"

namespace wattback::operations {

struct MigratorOptions {
  Clock now;
  std::string owner;                 // who runs it: unlike that of any other process
  std::string where;                 // the store, for what is said of it
  std::optional<std::int64_t> to;    // up to this number; none: the newest
  Milliseconds lease = Seconds(10);  // after which another process may take over; renewed by pieces
  std::size_t piece_documents = 500;  // read, and written at most, in one commit
  std::function<void(Milliseconds)> sleep;
  std::function<bool()> should_stop;                        // asked between pieces
  std::function<void(const MigrationRecord&)> on_progress;  // after each piece
  std::function<void(const MigrationRecord&)> on_wait;      // when another process is at work
  // While the store can't settle something, and why: again and again, while it is waited for.
  std::function<void(const MigrationRecord&, const std::string& why)> on_unsettled;
};

struct Migrated {
  std::vector<MigrationRecord> done;  // by this process
  bool stopped = false;               // should_stop said so; to be gone on with by another run
};

// Brings the store up; one without a schema is made. Returns when all up to `to` is done, also
// where another process did it. What a store can't settle is tried again; for as long as
// store/patience.h says where it is a server, whose other users may be in the way. Throws
// StoreUnusable for a store that is newer than the list, std::runtime_error for a migration that
// the store refuses, and what the port throws; whatever it throws, another run goes on from the
// last piece.
Migrated migrate_up(store::Store& store, const Migrations& migrations,
                    const MigratorOptions& options);

}  // namespace wattback::operations

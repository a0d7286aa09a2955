// How far a store has come: its documents of schema_history, and what to make of them.
//
// The record of a migration that runs is its lock, too: every piece is committed together with it,
// and only by the process whose record it still is. So one that lost its lease can't write a thing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/enum_names.h"
#include "base/sha256.h"
#include "base/time.h"
#include "operations/migration.h"
#include "store/codec.h"
#include "store/store.h"

namespace wattback::operations {

enum class MigrationStatus : std::uint8_t {
  running,   // at work, or cut off
  migrated,  // done here
  made,      // the store was made with it
  adopted,   // it was there before there was a history
};

struct MigrationRecord {
  std::int64_t number = 0;
  std::string name;
  Digest checksum{};
  MigrationStatus status = MigrationStatus::running;
  std::string owner;                   // who ran it last
  std::optional<Instant> lease_until;  // while it runs: from then on another may go on with it
  std::int64_t pass = 0;
  std::optional<std::string> position;  // in that pass, see position_text
  std::int64_t documents = 0;           // read so far
  std::int64_t changed = 0;             // written so far
  std::int64_t runs = 0;                // processes it took
  Instant started_at;
  std::optional<Instant> finished_at;
  std::int64_t duration_ms = 0;  // of work, pauses between runs left out
  std::int64_t version = 1;

  bool operator==(const MigrationRecord&) const = default;
};

inline constexpr store::Collection history_collection{"schema_history"};
const store::Codec<MigrationRecord>& history_codec();
store::Key history_key(std::int64_t number);

// A place in a collection's primary index as text, and back.
std::string position_text(const store::CollectionSchema& collection, const store::Cursor& place);
store::Cursor parse_position(const store::CollectionSchema& collection, std::string_view text);

// How far a store has come.
struct SchemaState {
  std::optional<std::int64_t> version;   // by the store itself; none: it has no schema yet
  std::vector<MigrationRecord> history;  // by number

  bool is_newer_than(const Migrations& migrations) const;
  std::vector<const Migration*> pending(const Migrations& migrations) const;
  const MigrationRecord* running() const;  // null: none is

  // The newest version that the store has all of.
  std::int64_t reached(const Migrations& migrations) const;
};

// Changes nothing. What reads other collections applies a schema of its own afterwards.
SchemaState read_state(store::Store& store, const Migrations& migrations);

// Makes the history where there is none.
void use_history(store::Store& store, const Migrations& migrations);

// Records all up to this number as done with, unless they are recorded already.
void record_all(store::Store& store, const Migrations& migrations, std::int64_t number,
                MigrationStatus status, const std::string& owner, Instant now);

std::optional<MigrationRecord> find_record(store::Store& store, std::int64_t number);

// Throws StoreUnusable for a store newer than this program.
void refuse_newer(const SchemaState& state, const Migrations& migrations, const std::string& where);

// Who opens a store, and what is said where it can't be used.
struct Preparing {
  std::string owner;
  Instant now;
  std::string where;   // begins what is said: the store as its operator knows it
  std::string remedy;  // ends what is said of one that must be migrated: what to run
};

// Readies a store for everyday use. One without a schema gets the newest at once. Throws
// StoreUnusable for one that must be migrated first or that is newer than this program.
void prepare_store(store::Store& store, const Migrations& migrations, const Preparing& preparing);

// Whether the store holds what the schema and the code say: a sentence each for what does not.
// Changes nothing. Every document is looked at, unless the schema is at fault already.
std::vector<std::string> verify_schema(store::Store& store, const Migrations& migrations);

}  // namespace wattback::operations

template <>
struct wattback::EnumNames<wattback::operations::MigrationStatus> {
  using enum wattback::operations::MigrationStatus;
  static constexpr std::array rows{std::pair{running, "running"}, std::pair{migrated, "migrated"},
                                   std::pair{made, "made"}, std::pair{adopted, "adopted"}};
};

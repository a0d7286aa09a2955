#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commit/command.h"
#include "importers/import.h"
#include "usage/commands.h"

namespace wattback::importers {

// Adds what came of one reading.
void count(Counts& counts, const usage::ReadingReply& reply);

// Begins an import, or finds it where an earlier try left it. `conflict` when it was withdrawn,
// `key_reused` when it was begun for another content.
struct StartImport {
  using Reply = Import;

  ImportId import;
  Actor actor;
  std::optional<UserId> user;
  Fingerprint fingerprint{};
  Instant as_of;
  Instant now;
  std::string_view as_of_called = "as_of";  // by who asks, for messages

  std::vector<store::Key> keys() const;
  Result<Import> decide(commit::Workspace& workspace) const;
};

// The next piece of an import: readings of one meter of one member, and records that were none. It
// moves the import's progress in the same commit. `conflict` unless the import has come exactly as
// far as the piece continues from; a piece that is in already is answered as such. A piece of a
// bulk continues from wherever the bulk is, and is decided each time. `invalid` where the import
// names another member.
struct RecordPiece {
  struct Reply {
    bool already_in = false;
    std::vector<usage::ReadingReply> readings;  // empty when it was in already
  };
  static constexpr auto lane = commit::Lane::bulk;

  ImportId import;
  std::optional<std::int64_t> from;  // the progress it continues from; absent: of a bulk
  std::int64_t rejected = 0;         // records that were no readings, counted with it
  std::optional<usage::RecordReadings> record;

  std::int64_t records() const;
  std::vector<store::Key> keys() const;
  Result<Reply> decide(commit::Workspace& workspace) const;
};

// Marks an import done once all of its records are in; a bulk at the end of each sending.
struct FinishImport {
  using Reply = Import;

  ImportId import;
  std::optional<std::int64_t> records;  // absent: of a bulk

  std::vector<store::Key> keys() const { return {key(import)}; }
  Result<Import> decide(commit::Workspace& workspace) const;
};

// Marks an import withdrawn, so that it can't be repeated; its readings are then restated to 0 by
// usage::WithdrawReadings. Withdrawing a withdrawn one answers it.
struct WithdrawImport {
  using Reply = Import;

  ImportId import;
  std::string reason_code;

  std::vector<store::Key> keys() const { return {key(import)}; }
  Result<Import> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::importers

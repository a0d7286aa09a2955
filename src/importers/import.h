// One file or bulk of readings taken in: what it was, how far it came, and what came of its
// records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/energy.h"
#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::importers {

enum class ImportStatus : std::uint8_t { running, done, withdrawn };

// Records by what came of them; `read` is the sum of the six that follow it.
struct Counts {
  std::int64_t read = 0;
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t restated = 0;
  std::int64_t superseded = 0;
  std::int64_t rejected = 0;
  Energy energy;  // the net change of recorded energy
  Points points;  // the net change of points, owed ones counted against them

  bool operator==(const Counts&) const = default;
  Counts& operator+=(const Counts& other);
};

struct Import {
  ImportId import_id;
  Actor actor;
  std::optional<UserId> user_id;  // of all its readings, where one was named
  Fingerprint fingerprint{};
  ImportStatus status = ImportStatus::running;
  Instant as_of;              // of readings that state none: the first receipt, or as asked
  std::int64_t progress = 0;  // records decided so far, in the order the runner takes them
  Counts counts;
  std::optional<Instant> first_date;       // the earliest start among its readings
  std::optional<Instant> last_date;        // the latest
  std::optional<std::string> reason_code;  // why it was withdrawn
  Instant created_at;
  std::int64_t version = 1;
};

inline constexpr store::Collection collection{"imports"};
inline constexpr std::string_view index_created_at = "created_at";

const store::Codec<Import>& codec();
store::Key key(const ImportId& id);

// The id of an import that has no idempotency key: from its fingerprint, which covers the whole
// input and all that was asked of it.
ImportId import_id(const Fingerprint& fingerprint);

// The id of a bulk, from what its sender calls it.
ImportId bulk_id(const Actor& sender, const IdempotencyKey& key);

}  // namespace wattback::importers

namespace wattback {

template <>
struct EnumNames<importers::ImportStatus> {
  using enum importers::ImportStatus;
  static constexpr std::array rows{std::pair{running, "running"}, std::pair{done, "done"},
                                   std::pair{withdrawn, "withdrawn"}};
};

template <>
struct store::ValueForm<importers::Counts> {
  static Value to(const importers::Counts& counts);
  static importers::Counts from(const Value& value);
};

}  // namespace wattback

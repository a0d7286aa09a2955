// The port to a database. A store holds documents of declared collections, finds them along
// declared indexes and commits a set of changes all or nothing. It holds no rules of the programme
// and retries nothing, except that it may repeat a commit whose fate is unknown, as a commit.
//
// All members but apply_schema may be called from several threads. Any call but `capabilities` may
// throw StoreUnavailable or StoreUnusable, those of a snapshot too, and CorruptDocument where it
// meets one; CommitUnknown only those that write, `commit` and `apply_schema`.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "store/document.h"
#include "store/query.h"
#include "store/schema.h"

namespace wattback::store {

// The store could not be reached or did not do what was asked; nothing has happened. Try again
// later.
class StoreUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A commit was sent, or a schema applied, and may or may not have happened.
class CommitUnknown : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What is at the address is no store this program can use, whatever the number of tries: not ours,
// of a newer schema, not readable. What it says is for the operator, in one line.
class StoreUnusable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// There is no store at the address, and making one was not asked for.
class StoreMissing : public StoreUnusable {
 public:
  using StoreUnusable::StoreUnusable;
};

// Whether opening a store may make it where there is none.
enum class IfMissing : std::uint8_t { create, refuse };

struct Insert {  // refused with already_exists where the primary key or a unique field is taken
  Collection collection;
  Document document;
};

struct Replace {  // refused with conflict unless the stored version is that of `before`
  Collection collection;
  Document before;  // exactly as read: what `after` does not change need not be written
  Document after;   // with the same primary key and shard, and another version
};

// Refused with conflict unless the stored version is that of `before`; of a collection without a
// version, only where the document is gone.
struct Remove {
  Collection collection;
  Document before;  // exactly as read
};

using Change = std::variant<Insert, Replace, Remove>;

// At most one change a document. Judged as a whole, in whatever order: a change may take a unique
// field that another gives up, and refer to what another inserts.
struct ChangeSet {
  std::vector<Change> changes;
};

// Why a commit did nothing: the first of invalid, conflict and already_exists that applies; but a
// broken reference is looked for last.
struct Refusal {
  enum class Reason : std::uint8_t {
    conflict,        // a document changed or went since it was read
    already_exists,  // a primary key or a unique field is taken
    // The schema forbids a document, or the set exceeds the capabilities; in a store that checks
    // references, one would lead nowhere, be it that what it leads to is removed.
    invalid,
  };

  Reason reason = Reason::conflict;
  // Those at fault that the store can name; may be empty. They view the collection's name as the
  // set gave it, and index names that are there as long as the store.
  std::vector<Key> keys;
  std::string detail;  // for the operator
};

using CommitResult = std::expected<void, Refusal>;

// One moment of the store, or as near to it as `capabilities` says. For one thread at a time; must
// not outlive its store.
class Snapshot {
 public:
  using Sink = std::function<bool(const Document&)>;  // false ends the scan

  virtual ~Snapshot() = default;

  virtual std::vector<std::optional<Document>> get(Collection collection,
                                                   std::span<const Key> keys) = 0;
  // All that the query finds, in its order; the query's limit does not count. The sink may read
  // this snapshot and write to the store; what it throws ends the scan.
  virtual void scan(const Query& query, const Sink& sink) = 0;
};

// How this store differs from the others, as data.
struct Capabilities {
  std::size_t commit_changes_max = 0;
  std::size_t commit_bytes_max = 0;       // by bytes_of, of what is inserted and what replaces
  std::size_t document_bytes_max = 0;     // by bytes_of
  std::optional<Seconds> snapshot_lasts;  // none: as long as it is held
  bool durable = true;                    // what is committed is there after a crash
  bool shared = true;                     // other processes may write the same store
  bool remote = false;                    // a call asks a database server, which may be away
  bool checks_references = false;         // refuses a set that leaves one leading nowhere
  Milliseconds revision_delay{0};  // how late `revision` may tell of other processes' commits
};

class Store {
 public:
  virtual ~Store() = default;

  // The documents the keys name, in their order. All of one collection; each key of the primary or
  // of a unique index.
  virtual std::vector<std::optional<Document>> get(Collection collection,
                                                   std::span<const Key> keys) = 0;
  // Absent values come before all others: a range without `from` holds them, and one from any
  // present value does not. They may be asked for, as a bound or in `equals`.
  virtual Page find(const Query& query) = 0;
  virtual CommitResult commit(const ChangeSet& changes) = 0;

  // Makes what the schema declares and is not there yet: collections, optional fields, fields that
  // became required later (FieldSchema::required_since), indexes. Holds to it what is written from
  // now on, and records its version. What is stored is neither looked at nor changed: a document
  // made before a field was there reads without it, also where the field is required by now, and
  // can be replaced by one that has it. What the store has beyond the schema stays; a collection,
  // once it is declared, has all its fields in every later schema, in whatever order. An opening
  // that goes on with this schema while another process applies a newer one leaves alone what this
  // one does not name, in reading and in replacing. Idempotent.
  // Throws StoreUnusable, having done nothing, when the store was made by a newer schema version,
  // or has a field that the schema declares otherwise.
  virtual void apply_schema(const Schema& schema) = 0;

  // The version of the schema that was applied last, here or elsewhere; none where none was. Needs
  // no schema.
  virtual std::optional<std::int64_t> schema_version() = 0;

  // What stands in the store otherwise than the schema says, or not at all: a sentence each, naming
  // the collection, field or index. None right after the schema was applied. Changes nothing.
  virtual std::vector<std::string> find_schema_faults(const Schema& schema) = 0;

  // Where the database spreads a collection over several machines by a field: what it does not
  // spread by the `shard_by` of the schema, a sentence each. None elsewhere. Changes nothing.
  virtual std::vector<std::string> find_sharding_faults(const Schema& schema) = 0;

  // Spreads what is not spread yet, of a schema that was applied; the names of those. Nothing
  // elsewhere. Idempotent: cut off, it goes on when called again. Throws StoreUnusable where one is
  // spread by something else, having done nothing unless that came to be meanwhile.
  virtual std::vector<std::string> shard(const Schema& schema) = 0;

  virtual std::unique_ptr<Snapshot> snapshot() = 0;

  // A number that moves with every change of the collection: before a commit returns that was made
  // here, and anyhow after another process's has returned, at the latest when the delay of the
  // capabilities is over. It may move without a change; but where there is no delay, a commit made
  // here moves it by one. For what is kept of earlier reads; a decision may rest on what was kept
  // only where there is no delay.
  virtual std::uint64_t revision(Collection collection) = 0;

  virtual Capabilities capabilities() const = 0;
};

}  // namespace wattback::store

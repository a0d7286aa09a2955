// What a command decides on: the documents of the store as its group sees them, with what the
// commands before it in the group did laid over them. Nothing written here is in the store until
// the committer has committed the group. A group decided while the one before it is being committed
// sees what that one leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/codec.h"
#include "store/store.h"

namespace wattback::commit {

// What one command may write, on every store.
inline constexpr std::size_t command_documents_max = 64;

// What a command found does not fit together: another process wrote between two of the workspace's
// reads. A `decide` that sees it throws this, and is decided again on documents read anew.
class TornRead : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Workspace {
 public:
  // `below`: the changes being committed, which count as made here. What was decided on them is
  // void should they not be.
  Workspace(store::Store& store, const store::Schema& schema,
            std::shared_ptr<const store::ChangeSet> below = nullptr);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() = default;

  // The document a key names, by its primary key or a unique index, unique fields written in this
  // group included. Reads through to the store on a miss. Valid until the next call.
  const store::Document* find(const store::Key& key);

  // A document that is not there. Its key and unique fields must be free in this workspace: a
  // command that may find them taken looks first. Where it did not look, what is taken is refused
  // by the store itself, or was read for another command and is a torn read here: the command is
  // decided again as if another process had just written it.
  void insert(const store::CollectionSchema& collection, store::Document document);

  // The document with the primary key of `after` becomes it. It must have been found before. The
  // version is counted here: whatever `after` says, it is one more than what stands.
  void replace(const store::CollectionSchema& collection, store::Document after);

  // The document with this primary key is no more. It must have been found before. One that is
  // inserted under its key again goes on with its versions.
  void remove(const store::Key& primary);

  // For an answer that tells of several documents and writes none of them, so that no commit looks
  // whether they fit together: throws TornRead where another process has changed the one of this
  // primary key, which must have been found before, since it was read.
  void confirm(const store::Key& primary);

  template <class T>
  std::optional<T> get(const store::Codec<T>& codec, const store::Key& key) {
    const auto* document = find(key);
    return document == nullptr ? std::nullopt : std::optional<T>(codec.decode(*document));
  }

  template <class T>
  void insert(const store::Codec<T>& codec, const T& value) {
    insert(codec.schema(), codec.encode(value));
  }

  template <class T>
  void replace(const store::Codec<T>& codec, const T& after) {
    replace(codec.schema(), codec.encode(after));
  }

  // For the committer.

  // What was only read is forgotten: each batch of a group reads anew, so that no answer rests on
  // what another process changed before its command came.
  void begin_batch();

  // Loads what the keys name, with as few reads as there are collections; the documents of `users`
  // first, since a member's version guards all that is read after it.
  void load(std::span<const store::Key> keys);

  // A command begins; what it writes is kept or dropped as a whole. What was not kept is dropped at
  // the latest when another begins, or a batch, or the changes are taken.
  void begin();
  void keep();
  void discard();
  std::size_t written() const;  // documents the command begun last has written so far

  // The keys the command begun last has found or written, by whatever index.
  std::vector<store::Key> take_touched();

  // All that was kept, in the order it was first written. The workspace gives it away.
  store::ChangeSet take_changes();
  std::size_t change_count() const { return written_order_.size(); }
  std::size_t change_bytes() const { return change_bytes_; }  // of the documents as they shall be

  // Whether another process has since changed what was found below and is not written here, which
  // no commit would see: the whole is to be decided again. What is below must be in the store.
  bool is_overtaken() const;

 private:
  struct Slot {
    const store::CollectionSchema* collection = nullptr;
    std::optional<store::Document> stored;   // as the store gave it
    std::optional<store::Document> written;  // as it stands here, once something was written
    bool is_written = false;
    bool was_read = true;            // false: inserted without asking the store
    std::uint64_t last_command = 0;  // that wrote it

    const std::optional<store::Document>& current() const { return is_written ? written : stored; }
  };
  using Slots = std::unordered_map<store::Key, Slot, store::KeyHash>;
  // How a slot or a unique key stood before the command, to be put back if it is refused.
  struct SlotBefore {
    Slots::pointer slot = nullptr;
    std::optional<store::Document> written;
    bool is_written = false;
  };
  struct UniqueBefore {
    store::Key key;
    bool known = false;               // whether anything was known of it
    std::optional<store::Key> owner;  // who had it, if so
  };

  void index_below();
  static bool is_elsewhere(const Slots::value_type& entry, const store::Key& primary);
  bool is_known(const store::Key& key) const;
  bool adopt_from_below(const store::Key& key);
  bool is_as_below(const store::Key& key, const std::optional<store::Document>& stored) const;
  Slot& slot_of(const store::Key& primary);
  Slot& adopt(const store::CollectionSchema& collection, const store::Key& primary,
              std::optional<store::Document> stored);
  void adopt_owner(const store::Key& unique, const store::Key& primary,
                   std::optional<store::Document> stored);
  void adopt_answers(std::span<const store::Key> keys,
                     std::vector<std::optional<store::Document>> documents);
  const store::Document* find_unique(const store::Key& key);
  void write(Slots::reference entry, std::optional<store::Document> after);
  void set_owner(const store::Key& unique, std::optional<store::Key> owner);

  store::Store* store_;
  const store::Schema* schema_;
  std::shared_ptr<const store::ChangeSet> below_;
  // Of what is below: how documents stand, by primary key, and who has the unique keys of them.
  std::unordered_map<store::Key, const store::Document*, store::KeyHash> documents_below_;
  std::unordered_map<store::Key, std::optional<store::Key>, store::KeyHash> owners_below_;
  std::unordered_set<store::Key, store::KeyHash> found_below_;  // by whatever index
  Slots slots_;                                                 // by primary key
  std::unordered_map<store::Key, std::optional<store::Key>, store::KeyHash> owners_;  // unique keys
  std::vector<Slots::pointer> written_order_;
  std::size_t change_bytes_ = 0;
  std::vector<SlotBefore> slots_before_;
  std::vector<UniqueBefore> uniques_before_;
  std::size_t bytes_before_ = 0;
  std::unordered_set<store::Key, store::KeyHash> touched_;
  std::uint64_t command_ = 1;  // which one, as begin() counts them
  std::size_t command_writes_ = 0;
};

}  // namespace wattback::commit

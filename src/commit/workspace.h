// What a command decides on: the documents of the store as its group sees them, with what the commands
// before it in the group did laid over them. Nothing written here is in the store until the committer
// has committed the group.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
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

class Workspace {
 public:
  Workspace(store::Store& store, const store::Schema& schema);
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() = default;

  // The document a key names, by its primary key or a unique index, unique fields written in this
  // group included. Reads through to the store on a miss. Valid until the next call.
  const store::Document* find(const store::Key& key);

  // A document that is not there. Its key and unique fields must be free in this workspace: a command
  // that may find them taken looks first.
  void insert(const store::CollectionSchema& collection, store::Document document);

  // The document with the primary key of `after` becomes it. It must have been found before. The
  // version is counted here: whatever `after` says, it is one more than what stands.
  void replace(const store::CollectionSchema& collection, store::Document after);

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

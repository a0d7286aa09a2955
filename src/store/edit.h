// A change as a store works on it, and the part of a commit that is the same in all stores: what
// can be said of a set of changes without looking at what is stored.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace wattback::store {

struct Edit {
  Collection name;  // as the set gave it: keys view it
  const CollectionSchema* collection = nullptr;
  const Document* before = nullptr;  // null for an insertion
  const Document* after = nullptr;   // null for a removal

  Key key() const;
  // Of what comes: its unique fields and, of an insertion, its primary key.
  std::vector<Key> keys_taken() const;
  // Whether it gives up or takes a unique value, so that its order among others counts.
  bool changes_unique() const;
};

Collection collection_of(const Change& change);
Edit edit_of(const Change& change, const CollectionSchema& collection);

using FindCollection = std::function<const CollectionSchema&(Collection)>;

// More than the limits allow, or what the schema forbids. Checks what the caller owes a store; see
// Replace and Remove.
std::optional<Refusal> find_invalid(const ChangeSet& changes, const Capabilities& limits,
                                    const FindCollection& collection);

// Adds a key at fault; the refusal keeps the first detail.
void name_fault(Refusal& refusal, Key key, const std::string& detail);
std::optional<Refusal> unless_empty(Refusal refusal);  // nothing where it names no key

}  // namespace wattback::store

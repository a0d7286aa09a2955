// A change set as a driver works on it: each change with what leaves and what comes.
#pragma once

#include <optional>
#include <vector>

#include "store/mongo/layout.h"
#include "store/store.h"

namespace wattback::store::mongo {

struct Edit {
  Collection name;  // as the set gave it
  const Layout* layout = nullptr;
  const Document* before = nullptr;  // null for an insertion
  const Document* after = nullptr;   // null for a removal

  const CollectionSchema& collection() const { return layout->collection(); }
  Key key() const;
  // Of what comes: its unique fields and, of an insertion, its primary key.
  std::vector<Key> keys_taken() const;
};

std::vector<Edit> edits_of(const Layouts& layouts, const ChangeSet& changes);

// Those of one collection, in the order of the schema.
struct Group {
  const Layout* layout = nullptr;
  std::vector<const Edit*> edits;
};
std::vector<Group> by_collection(const Layouts& layouts, const std::vector<Edit>& edits);

// What can be said without a database: more than the limits allow, or what the schema forbids.
std::optional<Refusal> find_invalid(const Layouts& layouts, const ChangeSet& changes);

}  // namespace wattback::store::mongo

// The edits of a change set, with how their documents stand in MongoDB.
#pragma once

#include <vector>

#include "store/edit.h"
#include "store/mongo/layout.h"

namespace wattback::store::mongo {

struct Edit : store::Edit {
  const Layout* layout = nullptr;
};

std::vector<Edit> edits_of(const Layouts& layouts, const ChangeSet& changes);

// Those of one collection, in the order of the schema.
struct Group {
  const Layout* layout = nullptr;
  std::vector<const Edit*> edits;
};
std::vector<Group> by_collection(const Layouts& layouts, const std::vector<Edit>& edits);

}  // namespace wattback::store::mongo

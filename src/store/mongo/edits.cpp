#include "store/mongo/edits.h"

#include <utility>

namespace wattback::store::mongo {

std::vector<Edit> edits_of(const Layouts& layouts, const ChangeSet& changes) {
  std::vector<Edit> edits;
  edits.reserve(changes.changes.size());
  for (const auto& change : changes.changes) {
    const auto& layout = layouts.at(collection_of(change));
    edits.push_back({edit_of(change, layout.collection()), &layout});
  }
  return edits;
}

std::vector<Group> by_collection(const Layouts& layouts, const std::vector<Edit>& edits) {
  std::vector<Group> groups;
  for (const auto& layout : layouts.all()) {
    Group group{.layout = &layout, .edits = {}};
    for (const auto& edit : edits) {
      if (edit.layout == &layout) {
        group.edits.push_back(&edit);
      }
    }
    if (!group.edits.empty()) {
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

}  // namespace wattback::store::mongo

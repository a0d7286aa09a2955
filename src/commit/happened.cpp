#include "commit/happened.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "store/edit.h"

namespace wattback::commit {
namespace {

using store::Document;
using store::Edit;

// What a document says of the change that would have made it what it should be.
enum class Evidence : std::uint8_t {
  as_left,
  written_over,  // it may have been as left in between
  not_as_left,
};

Evidence look(const Edit& edit, const std::optional<Document>& stands) {
  if (edit.after == nullptr) {
    return stands ? Evidence::not_as_left : Evidence::as_left;
  }
  if (!stands) {
    return Evidence::not_as_left;
  }
  if (*stands == *edit.after) {
    return Evidence::as_left;
  }
  const auto& collection = *edit.collection;
  const bool is_newer = collection.version && store::version_of(collection, *stands) >
                                                  store::version_of(collection, *edit.after);
  return is_newer ? Evidence::written_over : Evidence::not_as_left;
}

}  // namespace

// Another process may have made the same of a document that was there, a stock less by one: of
// these alone, all must stand. What was inserted carries its cause and time, and no one else's.
bool has_happened(store::Store& store, const store::Schema& schema,
                  const store::ChangeSet& changes) {
  std::map<std::string_view, std::vector<Edit>> by_collection;
  for (const auto& change : changes.changes) {
    const auto& collection = schema.collection(store::collection_of(change));
    by_collection[collection.name].push_back(store::edit_of(change, collection));
  }
  bool inserted = false;
  bool written_over = false;
  for (const auto& [name, edits] : by_collection) {
    std::vector<store::Key> keys;
    keys.reserve(edits.size());
    for (const auto& edit : edits) {
      keys.push_back(edit.key());
    }
    const auto stored = store.get(keys.front().collection, keys);
    for (std::size_t i = 0; i < edits.size(); ++i) {
      const auto evidence = look(edits[i], stored[i]);
      const bool is_new = edits[i].before == nullptr;
      if (evidence == Evidence::not_as_left || (is_new && evidence == Evidence::written_over)) {
        return false;
      }
      inserted = inserted || is_new;
      written_over = written_over || evidence == Evidence::written_over;
    }
  }
  return !changes.changes.empty() && (inserted || !written_over);
}

}  // namespace wattback::commit

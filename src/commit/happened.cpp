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

// Another process, or another command, may have made the same of a document that was there, and of
// one that says neither when nor for whom it was made: a stock less by one, a meter. What has no
// version is an entry of a book: of its cause and its time, there for good, and of no one else.
bool has_happened(store::Store& store, const store::Schema& schema, const store::ChangeSet& changes,
                  WrittenOver written_over) {
  std::map<std::string_view, std::vector<Edit>> by_collection;
  for (const auto& change : changes.changes) {
    const auto& collection = schema.collection(store::collection_of(change));
    by_collection[collection.name].push_back(store::edit_of(change, collection));
  }
  bool has_entry = false;
  bool is_written_over = false;
  for (const auto& [name, edits] : by_collection) {
    std::vector<store::Key> keys;
    keys.reserve(edits.size());
    for (const auto& edit : edits) {
      keys.push_back(edit.key());
    }
    const auto stored = store.get(keys.front().collection, keys);
    for (std::size_t i = 0; i < edits.size(); ++i) {
      const auto evidence = look(edits[i], stored[i]);
      if (evidence == Evidence::not_as_left) {
        return false;
      }
      has_entry = has_entry || !edits[i].collection->version;
      is_written_over = is_written_over || evidence == Evidence::written_over;
    }
  }
  const bool may_be = written_over == WrittenOver::may_be && has_entry;
  return !changes.changes.empty() && (may_be || !is_written_over);
}

}  // namespace wattback::commit

#include "store/mongo/edits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "store/mongo/limits.h"

namespace wattback::store::mongo {
namespace {

Edit edit_of(const Layouts& layouts, const Change& change) {
  const auto collection = std::visit([](const auto& each) { return each.collection; }, change);
  Edit edit{.name = collection, .layout = &layouts.at(collection)};
  if (const auto* insertion = std::get_if<Insert>(&change)) {
    edit.after = &insertion->document;
  } else if (const auto* replacement = std::get_if<Replace>(&change)) {
    edit.before = &replacement->before;
    edit.after = &replacement->after;
  } else {
    edit.before = &std::get<Remove>(change).before;
  }
  return edit;
}

// What the caller owes us; see Replace and Remove.
void check_edit(const Edit& edit) {
  const auto& collection = edit.collection();
  if (edit.before == nullptr) {
    return;
  }
  check(edit.before->values.size() == collection.fields.size());
  if (edit.after == nullptr) {
    return;
  }
  check(collection.version.has_value());
  check(version_of(collection, *edit.before) != version_of(collection, *edit.after));
  check(primary_key(collection, *edit.before) == primary_key(collection, *edit.after));
  check(!collection.shard_by ||
        edit.before->values[*collection.shard_by] == edit.after->values[*collection.shard_by]);
}

std::optional<std::string> fault_in(const CollectionSchema& collection, const Document& document) {
  if (auto fault = find_fault(collection, document)) {
    return fault;
  }
  if (const auto size = bytes_of(document); size > document_bytes_max) {
    return fmt::format("{}: a document of {} bytes, more than {}", collection.name, size,
                       document_bytes_max);
  }
  return std::nullopt;
}

}  // namespace

Key Edit::key() const {
  auto key = primary_key(collection(), after != nullptr ? *after : *before);
  key.collection = name;
  return key;
}

std::vector<Key> Edit::keys_taken() const {
  if (after == nullptr) {
    return {};
  }
  auto keys = unique_keys(collection(), *after);
  for (auto& key : keys) {
    key.collection = name;
  }
  if (before == nullptr) {
    keys.push_back(key());
  }
  return keys;
}

std::vector<Edit> edits_of(const Layouts& layouts, const ChangeSet& changes) {
  std::vector<Edit> edits;
  edits.reserve(changes.changes.size());
  for (const auto& change : changes.changes) {
    edits.push_back(edit_of(layouts, change));
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

std::optional<Refusal> find_invalid(const Layouts& layouts, const ChangeSet& changes) {
  Refusal refusal{.reason = Refusal::Reason::invalid};
  if (changes.changes.size() > commit_changes_max) {
    refusal.detail =
        fmt::format("{} changes, more than {}", changes.changes.size(), commit_changes_max);
    return refusal;
  }
  std::size_t size = 0;
  for (const auto& edit : edits_of(layouts, changes)) {
    if (edit.after != nullptr) {
      if (const auto fault = fault_in(edit.collection(), *edit.after)) {
        // What lacks fields has no key to name.
        if (edit.after->values.size() == edit.collection().fields.size()) {
          refusal.keys.push_back(edit.key());
        }
        refusal.detail = refusal.detail.empty() ? *fault : refusal.detail;
        continue;
      }
      size += bytes_of(*edit.after);
    }
    check_edit(edit);
  }
  if (refusal.detail.empty() && size > commit_bytes_max) {
    refusal.detail = fmt::format("changes of {} bytes, more than {}", size, commit_bytes_max);
  }
  return refusal.detail.empty() ? std::nullopt : std::optional(refusal);
}

}  // namespace wattback::store::mongo

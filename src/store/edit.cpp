#include "store/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace wattback::store {
namespace {

// What the caller owes us; see Replace and Remove.
void check_edit(const Edit& edit) {
  const auto& collection = *edit.collection;
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

std::optional<std::string> fault_in(const CollectionSchema& collection, const Document& document,
                                    std::size_t bytes_max) {
  if (auto fault = find_fault(collection, document)) {
    return fault;
  }
  if (const auto size = bytes_of(document); size > bytes_max) {
    return fmt::format("{}: a document of {} bytes, more than {}", collection.name, size,
                       bytes_max);
  }
  return std::nullopt;
}

bool same_values(const Document& a, const Document& b, const std::vector<std::size_t>& positions) {
  return std::ranges::all_of(
      positions, [&](std::size_t position) { return a.values[position] == b.values[position]; });
}

}  // namespace

Key Edit::key() const {
  auto key = primary_key(*collection, after != nullptr ? *after : *before);
  key.collection = name;
  return key;
}

std::vector<Key> Edit::keys_taken() const {
  if (after == nullptr) {
    return {};
  }
  auto keys = unique_keys(*collection, *after);
  for (auto& key : keys) {
    key.collection = name;
  }
  if (before == nullptr) {
    keys.push_back(key());
  }
  return keys;
}

bool Edit::changes_unique() const {
  return before != nullptr && after != nullptr &&
         std::ranges::any_of(collection->indexes, [&](const IndexSchema& index) {
           return index.unique && !same_values(*before, *after, index.fields);
         });
}

Collection collection_of(const Change& change) {
  return std::visit([](const auto& each) { return each.collection; }, change);
}

Edit edit_of(const Change& change, const CollectionSchema& collection) {
  Edit edit{.name = collection_of(change), .collection = &collection};
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

std::optional<Refusal> find_invalid(const ChangeSet& changes, const Capabilities& limits,
                                    const FindCollection& collection) {
  Refusal refusal{.reason = Refusal::Reason::invalid};
  if (changes.changes.size() > limits.commit_changes_max) {
    refusal.detail =
        fmt::format("{} changes, more than {}", changes.changes.size(), limits.commit_changes_max);
    return refusal;
  }
  std::size_t size = 0;
  for (const auto& change : changes.changes) {
    const auto edit = edit_of(change, collection(collection_of(change)));
    if (edit.after != nullptr) {
      if (const auto fault = fault_in(*edit.collection, *edit.after, limits.document_bytes_max)) {
        // What lacks fields has no key to name.
        if (edit.after->values.size() == edit.collection->fields.size()) {
          refusal.keys.push_back(edit.key());
        }
        refusal.detail = refusal.detail.empty() ? *fault : refusal.detail;
        continue;
      }
      size += bytes_of(*edit.after);
    }
    check_edit(edit);
  }
  if (refusal.detail.empty() && size > limits.commit_bytes_max) {
    refusal.detail =
        fmt::format("changes of {} bytes, more than {}", size, limits.commit_bytes_max);
  }
  return refusal.detail.empty() ? std::nullopt : std::optional(refusal);
}

void name_fault(Refusal& refusal, Key key, const std::string& detail) {
  if (refusal.detail.empty()) {
    refusal.detail = detail;
  }
  refusal.keys.push_back(std::move(key));
}

std::optional<Refusal> unless_empty(Refusal refusal) {
  return refusal.keys.empty() ? std::nullopt : std::optional(std::move(refusal));
}

}  // namespace wattback::store

#include "commit/workspace.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "store/edit.h"

namespace wattback::commit {
namespace {

// Documents of a member are guarded by its `users` document only if that was read before them.
constexpr std::string_view guarding_collection = "users";

std::size_t bytes_of(const std::optional<store::Document>& document) {
  return document ? store::bytes_of(*document) : 0;
}

std::vector<store::Key> unique_keys(const store::CollectionSchema& collection,
                                    const std::optional<store::Document>& document) {
  return document ? store::unique_keys(collection, *document) : std::vector<store::Key>{};
}

std::int64_t next_version(const store::CollectionSchema& collection,
                          const store::Document& before) {
  return store::version_of(collection, before) + 1;
}

const store::Document* pointer_to(const std::optional<store::Document>& document) {
  return document ? &*document : nullptr;
}

using Owners = std::unordered_map<store::Key, std::optional<store::Key>, store::KeyHash>;

// Who has the unique keys of a document that changes so. What one gives up another may take.
void note_owners(Owners& owners, const store::CollectionSchema& collection,
                 const store::Key& primary, const store::Document* before,
                 const store::Document* after) {
  if (before != nullptr) {
    for (auto& key : store::unique_keys(collection, *before)) {
      owners.try_emplace(std::move(key), std::nullopt);
    }
  }
  if (after != nullptr) {
    for (auto& key : store::unique_keys(collection, *after)) {
      owners.insert_or_assign(std::move(key), primary);
    }
  }
}

}  // namespace

Workspace::Workspace(store::Store& store, const store::Schema& schema,
                     std::shared_ptr<const store::ChangeSet> below)
    : store_(&store), schema_(&schema), below_(std::move(below)) {
  if (below_) {
    index_below();
  }
}

const store::Document* Workspace::find(const store::Key& key) {
  touched_.insert(key);
  if (key.index != store::primary_index) {
    return find_unique(key);
  }
  const auto& current = slot_of(key).current();
  return current ? &*current : nullptr;
}

void Workspace::insert(const store::CollectionSchema& collection, store::Document document) {
  const auto primary = store::primary_key(collection, document);
  auto found = slots_.find(primary);
  if (found == slots_.end()) {
    adopt(collection, primary, std::nullopt);
    found = slots_.find(primary);
    found->second.was_read = false;
  }
  if (found->second.current().has_value() && !touched_.contains(primary)) {
    throw TornRead("what is inserted is there, and was not looked for");
  }
  check(!found->second.current().has_value());
  if (const auto& removed = found->second.stored) {
    check(collection.version.has_value());
    document.values.at(*collection.version) = next_version(collection, *removed);
  }
  write(*found, std::move(document));
}

void Workspace::replace(const store::CollectionSchema& collection, store::Document after) {
  const auto primary = store::primary_key(collection, after);
  const auto found = slots_.find(primary);
  check(found != slots_.end());
  const auto& current = found->second.current();
  check(current.has_value());
  check(store::primary_key(collection, *current).shard == primary.shard);
  check(collection.version.has_value());
  after.values.at(*collection.version) = next_version(collection, *current);
  write(*found, std::move(after));
}

void Workspace::remove(const store::Key& primary) {
  const auto found = slots_.find(primary);
  check(found != slots_.end());
  check(found->second.current().has_value());
  write(*found, std::nullopt);
}

// What is written here, its commit looks at. What is below may not be in the store yet; then an
// older version stands there.
void Workspace::confirm(const store::Key& primary) {
  const auto& slot = slots_.at(primary);
  check(slot.current().has_value());
  if (slot.is_written) {
    return;
  }
  const auto stands = store_->get(primary.collection, std::span(&primary, 1)).front();
  const auto version = [&](const store::Document& document) {
    return store::version_of(*slot.collection, document);
  };
  if (!stands || version(*stands) > version(*slot.stored)) {
    throw TornRead("what an answer tells of was changed while it was read");
  }
}

void Workspace::begin_batch() {
  discard();
  std::erase_if(slots_, [](const auto& entry) { return !entry.second.is_written; });
  owners_.clear();
  for (const auto* entry : written_order_) {
    const auto& [primary, slot] = *entry;
    note_owners(owners_, *slot.collection, primary, pointer_to(slot.stored),
                pointer_to(slot.written));
  }
}

void Workspace::load(std::span<const store::Key> keys) {
  std::map<std::pair<bool, std::string_view>, std::vector<store::Key>> by_collection;
  std::unordered_set<store::Key, store::KeyHash> wanted;
  for (const auto& key : keys) {
    if (is_known(key) || adopt_from_below(key)) {
      continue;
    }
    const auto [first, is_new] = wanted.insert(key);
    if (is_new || first->shard != key.shard) {
      by_collection[{key.collection.name != guarding_collection, key.collection.name}].push_back(
          key);
    }
  }
  for (const auto& [order, group] : by_collection) {
    adopt_answers(group, store_->get(group.front().collection, group));
  }
}

void Workspace::begin() {
  discard();
  touched_.clear();
  ++command_;
  command_writes_ = 0;
}

void Workspace::keep() {
  slots_before_.clear();
  uniques_before_.clear();
  bytes_before_ = change_bytes_;
}

// Of a command that was cut off in the middle of a write, too.
void Workspace::discard() {
  for (auto before = slots_before_.rbegin(); before != slots_before_.rend(); ++before) {
    auto& slot = before->slot->second;
    slot.written = std::move(before->written);
    if (slot.is_written && !before->is_written) {
      check(written_order_.back() == before->slot);
      written_order_.pop_back();
    }
    slot.is_written = before->is_written;
    if (!slot.is_written && !slot.was_read) {
      slots_.erase(slots_.find(before->slot->first));  // nothing is known of it again
    }
  }
  for (auto before = uniques_before_.rbegin(); before != uniques_before_.rend(); ++before) {
    if (before->known) {
      owners_[before->key] = std::move(before->owner);
    } else {
      owners_.erase(before->key);
    }
  }
  change_bytes_ = bytes_before_;
  slots_before_.clear();
  uniques_before_.clear();
}

std::size_t Workspace::written() const { return command_writes_; }

std::vector<store::Key> Workspace::take_touched() {
  std::vector<store::Key> keys(touched_.begin(), touched_.end());
  touched_.clear();
  return keys;
}

store::ChangeSet Workspace::take_changes() {
  discard();
  store::ChangeSet set;
  set.changes.reserve(written_order_.size());
  for (auto* entry : written_order_) {
    auto& slot = entry->second;
    check(slot.is_written);
    const store::Collection collection{slot.collection->name};
    if (slot.stored && slot.written) {
      set.changes.emplace_back(
          store::Replace{collection, *std::move(slot.stored), *std::move(slot.written)});
    } else if (slot.written) {
      set.changes.emplace_back(store::Insert{collection, *std::move(slot.written)});
    } else if (slot.stored) {
      set.changes.emplace_back(store::Remove{collection, *std::move(slot.stored)});
    }
  }
  return set;
}

bool Workspace::is_overtaken() const {
  const auto is_written = [&](const store::Key& primary) {
    const auto slot = slots_.find(primary);
    return slot != slots_.end() && slot->second.is_written;
  };
  std::map<std::string_view, std::vector<store::Key>> by_collection;
  for (const auto& key : found_below_) {
    const auto owner = owners_below_.find(key);
    const bool has_owner = owner != owners_below_.end() && owner->second;
    if (!is_written(has_owner ? *owner->second : key)) {
      by_collection[key.collection.name].push_back(key);
    }
  }
  for (const auto& [collection, keys] : by_collection) {
    const auto stored = store_->get(keys.front().collection, keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!is_as_below(keys[i], stored[i])) {
        return true;
      }
    }
  }
  return false;
}

bool Workspace::is_as_below(const store::Key& key,
                            const std::optional<store::Document>& stored) const {
  const auto& collection = schema_->collection(key.collection);
  if (key.index == store::primary_index) {
    const auto* below = documents_below_.at(key);
    if (below == nullptr || !stored) {
      return below == nullptr && !stored;
    }
    return !collection.version ||
           store::version_of(collection, *stored) == store::version_of(collection, *below);
  }
  const auto& owner = owners_below_.at(key);
  return owner ? stored && store::primary_key(collection, *stored) == *owner : !stored;
}

void Workspace::index_below() {
  for (const auto& change : below_->changes) {
    const auto& collection = schema_->collection(store::collection_of(change));
    const auto edit = store::edit_of(change, collection);
    auto primary = edit.key();
    note_owners(owners_below_, collection, primary, edit.before, edit.after);
    documents_below_.insert_or_assign(std::move(primary), edit.after);
  }
}

// Whether what a key names is known of what is below.
bool Workspace::adopt_from_below(const store::Key& key) {
  if (key.index == store::primary_index) {
    if (!documents_below_.contains(key)) {
      return false;
    }
    adopt(schema_->collection(key.collection), key, std::nullopt);
    return true;
  }
  const auto owner = owners_below_.find(key);
  if (owner == owners_below_.end()) {
    return false;
  }
  found_below_.insert(key);
  if (!owner->second) {
    owners_.try_emplace(key, std::nullopt);
    return true;
  }
  adopt_owner(key, *owner->second, std::nullopt);
  return true;
}

// Whether it was not found where another shard was asked for it, and may be in its own.
bool Workspace::is_elsewhere(const Slots::value_type& entry, const store::Key& primary) {
  const auto& [asked, slot] = entry;
  return asked.shard != primary.shard && slot.was_read && !slot.is_written && !slot.stored;
}

bool Workspace::is_known(const store::Key& key) const {
  if (key.index != store::primary_index) {
    return owners_.contains(key);
  }
  const auto found = slots_.find(key);
  return found != slots_.end() && !is_elsewhere(*found, key);
}

Workspace::Slot& Workspace::slot_of(const store::Key& primary) {
  const auto found = slots_.find(primary);
  if (found != slots_.end() && !is_elsewhere(*found, primary)) {
    return found->second;
  }
  if (adopt_from_below(primary)) {
    return slots_.at(primary);
  }
  auto documents = store_->get(primary.collection, std::span(&primary, 1));
  return adopt(schema_->collection(primary.collection), primary, std::move(documents.front()));
}

Workspace::Slot& Workspace::adopt(const store::CollectionSchema& collection,
                                  const store::Key& primary,
                                  std::optional<store::Document> stored) {
  const auto known = slots_.find(primary);
  if (known != slots_.end() && !(stored && is_elsewhere(*known, primary))) {
    return known->second;
  }
  if (const auto below = documents_below_.find(primary); below != documents_below_.end()) {
    found_below_.insert(below->first);  // which knows its shard
    stored = below->second == nullptr ? std::nullopt : std::optional(*below->second);
  }
  auto& slot = slots_[primary];
  slot.collection = &collection;
  slot.stored = std::move(stored);
  return slot;
}

// The slot may stand otherwise already; it owns the key only if it still holds these values.
void Workspace::adopt_owner(const store::Key& unique, const store::Key& primary,
                            std::optional<store::Document> stored) {
  const auto& collection = schema_->collection(unique.collection);
  const auto held =
      unique_keys(collection, adopt(collection, primary, std::move(stored)).current());
  const bool owns = std::ranges::find(held, unique) != held.end();
  owners_.try_emplace(unique, owns ? std::optional(primary) : std::nullopt);
}

void Workspace::adopt_answers(std::span<const store::Key> keys,
                              std::vector<std::optional<store::Document>> documents) {
  check(documents.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& key = keys[i];
    const auto& collection = schema_->collection(key.collection);
    if (key.index == store::primary_index) {
      adopt(collection, key, std::move(documents[i]));
      continue;
    }
    if (!documents[i]) {
      owners_.try_emplace(key, std::nullopt);
      continue;
    }
    const auto primary = store::primary_key(collection, *documents[i]);  // before it is moved
    adopt_owner(key, primary, std::move(documents[i]));
  }
}

const store::Document* Workspace::find_unique(const store::Key& key) {
  auto owner = owners_.find(key);
  if (owner == owners_.end()) {
    if (!adopt_from_below(key)) {
      const std::span<const store::Key> one(&key, 1);
      adopt_answers(one, store_->get(key.collection, one));
    }
    owner = owners_.find(key);
  }
  if (!owner->second) {
    return nullptr;
  }
  touched_.insert(*owner->second);
  const auto& current = slots_.at(*owner->second).current();
  return current ? &*current : nullptr;
}

// Where memory runs short in the middle, discard() finds how it was: nothing is asked for between
// a note of what is written over and its move there.
void Workspace::write(Slots::reference entry, std::optional<store::Document> after) {
  auto& [primary, slot] = entry;
  touched_.insert(primary);
  const auto before_keys = unique_keys(*slot.collection, slot.current());
  const auto after_keys = unique_keys(*slot.collection, after);
  slots_before_.push_back({.slot = &entry, .written = {}, .is_written = slot.is_written});
  if (!slot.is_written) {
    written_order_.push_back(&entry);
  }
  change_bytes_ += bytes_of(after);
  change_bytes_ -= slot.is_written ? bytes_of(slot.written) : 0;
  slots_before_.back().written = std::exchange(slot.written, std::move(after));
  slot.is_written = true;
  if (std::exchange(slot.last_command, command_) != command_) {
    ++command_writes_;
  }

  for (const auto& key : before_keys) {
    if (std::ranges::find(after_keys, key) == after_keys.end()) {
      set_owner(key, std::nullopt);
    }
  }
  for (const auto& key : after_keys) {
    if (std::ranges::find(before_keys, key) == before_keys.end()) {
      set_owner(key, primary);
    }
  }
}

void Workspace::set_owner(const store::Key& unique, std::optional<store::Key> owner) {
  touched_.insert(unique);
  uniques_before_.push_back({.key = unique, .known = owners_.contains(unique), .owner = {}});
  auto& now = owners_[unique];
  if (owner) {
    check(!now.has_value());  // the command should have looked
  }
  uniques_before_.back().owner = std::exchange(now, std::move(owner));
}

}  // namespace wattback::commit

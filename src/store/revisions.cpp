#include "store/revisions.h"

#include <new>
#include <set>
#include <string_view>

namespace wattback::store {

void Revisions::count(const ChangeSet& changes) {
  try {
    std::set<std::string_view> names;
    for (const auto& change : changes.changes) {
      names.insert(std::visit([](const auto& made) { return made.collection.name; }, change));
    }
    const std::scoped_lock lock(mutex_);
    for (const auto name : names) {
      ++known_.try_emplace(std::string(name)).first->second;
    }
  } catch (const std::bad_alloc&) {  // they are committed all the same
    count_unknown();
  }
}

void Revisions::count(Collection collection) {
  const std::scoped_lock lock(mutex_);
  ++known_.try_emplace(std::string(collection.name)).first->second;
}

void Revisions::count_unknown() {
  const std::scoped_lock lock(mutex_);
  ++unknown_;
}

std::uint64_t Revisions::of(Collection collection) const {
  const std::scoped_lock lock(mutex_);
  const auto known = known_.find(collection.name);
  return unknown_ + (known == known_.end() ? 0 : known->second);
}

}  // namespace wattback::store

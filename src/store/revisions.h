// Counts the commits that change each collection, for stores to answer Store::revision with.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "store/store.h"

namespace wattback::store {

// Thread-safe.
class Revisions {
 public:
  void count(const ChangeSet& changes);  // committed together
  void count(Collection collection);     // a change of it
  void count_unknown();                  // changes of whatever collections
  std::uint64_t of(Collection collection) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> known_;
  std::uint64_t unknown_ = 0;
};

}  // namespace wattback::store

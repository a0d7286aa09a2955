// A store that keeps documents at hand which were read by their primary keys, until they change.
#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>

#include "store/store.h"

namespace wattback::store {

struct CachingOptions {
  std::set<std::string, std::less<>> collections;  // whose documents are kept; none: all
  std::size_t bytes_max = std::size_t{48} << 20U;  // of memory, for all of them
};

// `inner` behind a memory. It answers what `inner` would: commits made here go through it, and
// `inner` tells at once of those of other processes, since its capabilities().revision_delay is 0.
std::unique_ptr<Store> make_caching_store(std::unique_ptr<Store> inner, CachingOptions options);

}  // namespace wattback::store

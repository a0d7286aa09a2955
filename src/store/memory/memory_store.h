// The store in memory: the model the others are held to, and what tests run fastest on. Not
// durable, not shared.
#pragma once

#include <memory>

#include "store/store.h"

namespace wattback::store {

// Those of the SQLite store, so that what fits one fits the other.
inline constexpr Capabilities memory_capabilities{.commit_changes_max = 10'000,
                                                  .commit_bytes_max = std::size_t{16} << 20U,
                                                  .document_bytes_max = std::size_t{1} << 20U,
                                                  .snapshot_lasts = std::nullopt,
                                                  .durable = false,
                                                  .shared = false,
                                                  .checks_references = false};

std::unique_ptr<Store> make_memory_store();

}  // namespace wattback::store

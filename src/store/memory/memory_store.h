// The store in memory: the model the others are held to, and what tests run fastest on. Not durable,
// not shared.
#pragma once

#include <memory>

#include "store/store.h"

namespace wattback::store {

std::unique_ptr<Store> make_memory_store();

}  // namespace wattback::store

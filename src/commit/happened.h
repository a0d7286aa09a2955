// Whether a commit of unknown fate is in the store.
#pragma once

#include <cstdint>

#include "store/store.h"

namespace wattback::commit {

// What of the documents may have been changed further since the changes happened.
enum class WrittenOver : std::uint8_t {
  may_be,  // if one was inserted of a collection without versions, where none ever is
  may_not_be,
};

// True only where the store holds what the changes left, so that they happened, all of them.
// False says nothing: they did not happen, may happen yet, or what they left has been written over.
bool has_happened(store::Store& store, const store::Schema& schema, const store::ChangeSet& changes,
                  WrittenOver written_over);

}  // namespace wattback::commit

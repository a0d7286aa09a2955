// Whether a commit of unknown fate is in the store.
#pragma once

#include "store/store.h"

namespace wattback::commit {

// True only where the store holds what the changes left, so that they happened, all of them: each
// document as it was written, but for those that were there before and have been changed further
// since, if others were inserted. False says nothing: they did not happen, may happen yet, or what
// they left has been written over.
bool has_happened(store::Store& store, const store::Schema& schema,
                  const store::ChangeSet& changes);

}  // namespace wattback::commit

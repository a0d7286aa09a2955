#pragma once

#include <optional>

#include "importers/import.h"
#include "store/read.h"

namespace wattback::importers {

std::optional<Import> find(store::Store& store, const ImportId& id);

// Newest first.
store::Listing<Import> list(store::Store& store, std::size_t limit, store::Cursor after);

}  // namespace wattback::importers

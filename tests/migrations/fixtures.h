// Documents of tests/fixtures/*.ndjson: a line each, its collection and its fields in the form of
// their types: UUIDs and bytes as text, times as milliseconds, days as days of 1970.
#pragma once

#include <string>

#include "store/store.h"

namespace wattback::migrations {

// Puts what the file has into a store that has this schema.
void load_fixture(store::Store& store, const store::Schema& schema, const std::string& name);

}  // namespace wattback::migrations

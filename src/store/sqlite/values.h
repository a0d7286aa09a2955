// A document's values in a statement and in a row: uuids and bytes are BLOBs, instants INTEGER
// milliseconds and days INTEGER days since 1970-01-01, integers a JSON object.
#pragma once

#include <sqlite3.h>

#include <string>

#include "store/schema.h"
#include "store/value.h"

namespace wattback::store::sqlite {

// The value must stay as it is until the statement was reset. Positions count from 1. The answer
// is a result code.
int bind_value(sqlite3_stmt* statement, int position, const Value& value);

// Throws CorruptDocument for what bind_value could not have stored. Columns count from 0.
Value column_value(sqlite3_stmt* statement, int column, const FieldSchema& field);
std::string column_text(sqlite3_stmt* statement, int column);

}  // namespace wattback::store::sqlite

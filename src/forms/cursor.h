// Where a page of a list ended, as clients carry it: opaque to them, and good only for the list and
// the filters it came from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"
#include "store/schema.h"

namespace wattback::forms {

// What the values of a cursor must be, one by one.
using CursorShape = std::vector<store::FieldType>;
CursorShape shape_of(store::Collection collection, std::string_view index);

// `list` names the list and its filters.
std::string to_text(const store::Cursor& cursor, const CursorShape& shape, std::string_view list);
// Nothing for a text that to_text does not give, be it by a blank.
std::optional<store::Cursor> parse_cursor(std::string_view text, const CursorShape& shape,
                                          std::string_view list);

}  // namespace wattback::forms

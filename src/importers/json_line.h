// A JSON document (RFC 8259) that is one object, read to its fields without losing what was
// written: numbers keep their text, and a key given twice is seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "importers/fields.h"

namespace wattback::importers {

enum class JsonKind : std::uint8_t { string, number, boolean, null, object, array };

struct JsonField {
  std::string name;
  JsonKind kind = JsonKind::null;
  std::string text;  // a string's letters or a number's text; nothing for the other kinds
};

// The fields in the order written. What base/json.h refuses, and what is no object, is rejected.
Checked<std::vector<JsonField>> read_json_object(std::string_view line);

}  // namespace wattback::importers

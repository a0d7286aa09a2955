// JSON (RFC 8259): from outside, read strictly and without losing what was written; and written.
//
// Refused beyond the grammar: a key given twice in one object, text that is not UTF-8, a byte order
// mark, nesting deeper than a bound, a number no double can hold.
//
// The values are Boost.JSON's, which schemas and codecs know. Of a number it keeps only the value,
// so the text of every number but those of kind int64 (whose text follows from the value) is kept
// beside it with its place. From that: a number of kind int64 was written as an integer; of kind
// uint64 too, but beyond int64; of kind double it was written with a fraction or an exponent, or as
// an integer even larger (is_integer_text). Energy is read from number_text, never from the double.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace wattback {

inline constexpr std::size_t json_depth_max = 32;

struct JsonNumber {
  std::string pointer;  // RFC 6901
  std::string text;     // as written
};

struct JsonDocument {
  boost::json::value value;
  std::vector<JsonNumber> numbers;  // those not of kind int64, in the order written

  // The decimal text of the number at an RFC 6901 pointer; nothing where there is no number.
  std::optional<std::string> number_text(std::string_view pointer) const;
};

// Whether a number's text is written as an integer, however large.
bool is_integer_text(std::string_view number);

// A key or an index appended to a pointer, escaped.
std::string json_pointer(std::string_view parent, std::string_view key);
std::string json_pointer(std::string_view parent, std::size_t index);

enum class JsonFault : std::uint8_t {
  not_json,  // no text of the grammar: NaN, comments, trailing commas, more after its end...
  not_utf8,
  byte_order_mark,
  duplicate_key,
  too_deep,
  number_range,
};

struct JsonError {
  JsonFault fault = JsonFault::not_json;
  std::string pointer;     // to the value, or the key, being read
  std::size_t offset = 0;  // in bytes, where reading stopped
  std::string detail;      // a phrase: "is nested too deep"
};

std::expected<JsonDocument, JsonError> parse_json(std::string_view text,
                                                  std::size_t depth_max = json_depth_max);

// As clients read it: `invalid` with the pointer, the fault's word and the offset.
Error to_error(const JsonError& error);

// JSON text on one line, with numbers as people write them (Boost.JSON writes 291.018
// as 2.91018E2).
std::string to_json_text(const boost::json::value& value);

}  // namespace wattback

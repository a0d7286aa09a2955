// Text as people write it: UTF-8, compared by its folded form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wattback {

bool is_utf8(std::string_view text);

// The code points of UTF-8.
std::size_t count_characters(std::string_view text);

// Whether it holds control characters other than tabs and the ends of lines. The text must be
// UTF-8.
bool has_control_characters(std::string_view text);

// Unicode NFKC with case folding (UAX #15, Unicode 5.18 R4) and of several blanks one: two texts a
// person would take for the same have one folded form. The text must be UTF-8.
std::string fold(std::string_view text);

// How many columns of a terminal a text takes. What is not UTF-8 counts a column a byte.
std::size_t display_width(std::string_view text);

// A text a person gave for a field: UTF-8, without control characters, line separators or
// surrounding blanks, 1 to `max` bytes, something of which can be seen. `invalid` naming the field
// otherwise.
Result<std::string> parse_text(std::string_view field, std::string_view text, std::size_t max);

// What of a text can be shown in a message, whatever its bytes are: at most `max` bytes of it, then
// "..."; a question mark for each byte that is not UTF-8 and for each control character.
std::string excerpt(std::string_view text, std::size_t max);

// A code such as "goodwill" or "delivery": 1 to code_max of a-z, 0-9, '-', '_' and '.'. It may
// stand where text may not, since it says nothing of a person.
inline constexpr std::size_t code_max = 64;
Result<std::string> parse_code(std::string_view field, std::string_view text);

}  // namespace wattback

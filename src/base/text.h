// Text as people write it: UTF-8, compared by its folded form.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace wattback {

bool is_utf8(std::string_view text);

// Unicode NFKC with case folding (UAX #15, Unicode 5.18 R4): two texts a person would take for the
// same have one folded form. The text must be UTF-8.
std::string fold(std::string_view text);

// A text a person gave for a field: UTF-8, without control characters or surrounding blanks, 1 to
// `max` bytes. `invalid` naming the field otherwise.
Result<std::string> parse_text(std::string_view field, std::string_view text, std::size_t max);

}  // namespace wattback

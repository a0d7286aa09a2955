// Base64 for URLs, without padding (RFC 4648, 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wattback {

std::string to_base64url(std::string_view bytes);
std::optional<std::string> parse_base64url(std::string_view text);  // that form only

}  // namespace wattback

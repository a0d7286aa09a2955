// UUIDs (RFC 9562): their text, and the versions we make. Version 7 for what has no cause to derive
// an id from; version 8 for ids derived from a cause (base/ids.h).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace wattback {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
};

std::string to_text(const Uuid& uuid);                  // 8-4-4-4-12, lower case
std::optional<Uuid> parse_uuid(std::string_view text);  // that form, either case

Uuid make_uuid_v7(Instant now);                                      // random, ordered by time
Uuid make_uuid_v8(const std::array<std::uint8_t, 16>& custom_bits);  // version and variant set here

}  // namespace wattback

template <>
struct std::hash<wattback::Uuid> {
  std::size_t operator()(const wattback::Uuid& uuid) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
  }
};

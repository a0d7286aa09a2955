#include "base/uuid.h"

#include <sodium.h>

#include "base/check.h"
#include "base/sha256.h"

namespace wattback {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash_position(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<std::uint8_t>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<std::uint8_t>(c - 'a' + 10);
  }
  if (c >= 'A' && c <= 'F') {
    return static_cast<std::uint8_t>(c - 'A' + 10);
  }
  return std::nullopt;
}

Uuid with_version(std::array<std::uint8_t, 16> bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | (static_cast<unsigned>(version) << 4U));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);
  return Uuid{bytes};
}

}  // namespace

std::string to_text(const Uuid& uuid) {
  std::string text = to_hex(uuid.bytes);
  for (const std::size_t position : {8U, 13U, 18U, 23U}) {
    text.insert(position, 1, '-');
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_size) {
    return std::nullopt;
  }
  Uuid uuid;
  std::size_t nibble = 0;
  for (std::size_t position = 0; position < text_size; ++position) {
    if (is_dash_position(position)) {
      if (text[position] != '-') {
        return std::nullopt;
      }
      continue;
    }
    const auto digit = hex_digit(text[position]);
    if (!digit) {
      return std::nullopt;
    }
    auto& byte = uuid.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>((byte << 4U) | *digit);
    ++nibble;
  }
  return uuid;
}

Uuid make_uuid_v7(Instant now) {
  check(sodium_init() >= 0);
  std::array<std::uint8_t, 16> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  auto milliseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 6; i-- > 0;) {
    bytes[i] = static_cast<std::uint8_t>(milliseconds & 0xFFU);
    milliseconds >>= 8U;
  }
  return with_version(bytes, 7);
}

Uuid make_uuid_v8(const std::array<std::uint8_t, 16>& custom_bits) {
  return with_version(custom_bits, 8);
}

}  // namespace wattback

#include "base/ids.h"

#include <algorithm>

namespace wattback {
namespace {

constexpr std::string_view namespace_part = "wattback/1";

Digest digest_of(const Uuid& uuid) {
  return sha256({reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size()});
}

std::array<std::uint8_t, 16> first_half(const Digest& digest) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return bytes;
}

}  // namespace

Result<IdempotencyKey> parse_idempotency_key(std::string_view text) {
  constexpr std::size_t key_max = 255;
  const bool well_formed = !text.empty() && text.size() <= key_max &&
                           std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
  if (!well_formed) {
    return fail_field("idempotency_key", "must be 1 to 255 printable ASCII characters, no blanks");
  }
  if (text == opening_key) {
    return fail_field("idempotency_key",
                      "must not be 'opening': an opening balance or stock has it");
  }
  return IdempotencyKey{std::string(text)};
}

Uuid derive_uuid(std::string_view operation, const UserId& member,
                 std::span<const std::string_view> parts) {
  Sha256 hash;
  hash.add_part(namespace_part);
  hash.add_part(operation);
  hash.add_part(member.uuid.bytes);
  for (const auto part : parts) {
    hash.add_part(part);
  }
  auto bytes = first_half(hash.finish());
  std::copy_n(digest_of(member.uuid).begin(), 6, bytes.begin());
  return make_uuid_v8(bytes);
}

Uuid derive_uuid(std::string_view operation, std::span<const std::string_view> parts) {
  Sha256 hash;
  hash.add_part(namespace_part);
  hash.add_part(operation);
  for (const auto part : parts) {
    hash.add_part(part);
  }
  return make_uuid_v8(first_half(hash.finish()));
}

UsageId derive_usage_id(const UserId& member, const MeterId& meter, Instant start,
                        std::string_view energy_type) {
  return UsageIds(member, meter).at(start, energy_type);
}

UsageIds::UsageIds(const UserId& member, const MeterId& meter) {
  begun_.add_part(namespace_part);
  begun_.add_part("usage");
  begun_.add_part(member.uuid.bytes);
  begun_.add_part(meter.uuid.bytes);
  std::copy_n(digest_of(member.uuid).begin(), 4, lead_.begin());
  std::copy_n(digest_of(meter.uuid).begin(), 2, lead_.begin() + 4);
}

UsageId UsageIds::at(Instant start, std::string_view energy_type) const {
  Sha256 hash(begun_);
  hash.add_integer(start.time_since_epoch().count());
  hash.add_part(energy_type);
  auto bytes = first_half(hash.finish());
  std::ranges::copy(lead_, bytes.begin());
  // 32 bits of seconds go around the version (4 bits at byte 6) and the variant (2 bits at byte 8):
  // 12 in bytes 6 and 7, 6 in byte 8, 8 in byte 9, 6 in byte 10.
  const auto seconds = static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::seconds>(start).time_since_epoch().count());
  bytes[6] = static_cast<std::uint8_t>((seconds >> 28U) & 0x0FU);
  bytes[7] = static_cast<std::uint8_t>((seconds >> 20U) & 0xFFU);
  bytes[8] = static_cast<std::uint8_t>((seconds >> 14U) & 0x3FU);
  bytes[9] = static_cast<std::uint8_t>((seconds >> 6U) & 0xFFU);
  bytes[10] = static_cast<std::uint8_t>(((seconds & 0x3FU) << 2U) | (bytes[10] & 0x03U));
  return UsageId{make_uuid_v8(bytes)};
}

}  // namespace wattback

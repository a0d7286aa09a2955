// The ids of the programme's things, one type each, and ids derived from a cause.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"
#include "base/uuid.h"

namespace wattback {

template <class Tag>
struct Id {
  Uuid uuid;

  auto operator<=>(const Id&) const = default;
};

template <class Tag>
std::string to_text(const Id<Tag>& id) {
  return to_text(id.uuid);
}

using UserId = Id<struct UserTag>;
using MeterId = Id<struct MeterTag>;
using UsageId = Id<struct UsageTag>;
using RewardId = Id<struct RewardTag>;
using RedemptionId = Id<struct RedemptionTag>;
using AdjustmentId = Id<struct AdjustmentTag>;
using MovementId = Id<struct MovementTag>;
using ImportId = Id<struct ImportTag>;
using ProgrammeId = Id<struct ProgrammeTag>;

// What a client calls one effect, so that a repeat is known as one. 1 to 255 printable ASCII bytes.
struct IdempotencyKey {
  std::string text;

  auto operator<=>(const IdempotencyKey&) const = default;
};

// Of the stock or balance that something begins with, and of nothing that a client asks for.
inline constexpr std::string_view opening_key = "opening";

// `invalid` also for the opening's.
Result<IdempotencyKey> parse_idempotency_key(std::string_view text);

// SHA-256 of what an effect was asked for with: the same key with another content is refused.
using Fingerprint = Digest;

// Who caused something: a user, or nobody signed in (the command line, a schedule), as the nil
// UUID.
struct Actor {
  Uuid uuid;

  auto operator<=>(const Actor&) const = default;
};
inline constexpr Actor operator_actor{};

// UUIDv8 from SHA-256 over ('wattback/1', operation, member, parts...). Its first 48 bits come from
// the member, so one member's documents lie together in every index.
Uuid derive_uuid(std::string_view operation, const UserId& member,
                 std::span<const std::string_view> parts);

// The same, of something that belongs to no member: all bits come from the parts.
Uuid derive_uuid(std::string_view operation, std::span<const std::string_view> parts);

// A reading's id: from its meter, its start and its energy type. Its bits lead with the member
// (32), the meter (16) and the start in seconds (32), so a meter's readings lie in order of time.
UsageId derive_usage_id(const UserId& member, const MeterId& meter, Instant start,
                        std::string_view energy_type);

// The same for many readings of one meter: what their ids share is hashed once.
class UsageIds {
 public:
  UsageIds(const UserId& member, const MeterId& meter);

  UsageId at(Instant start, std::string_view energy_type) const;

 private:
  Sha256 begun_;
  std::array<std::uint8_t, 6> lead_{};
};

}  // namespace wattback

template <class Tag>
struct std::hash<wattback::Id<Tag>> {
  std::size_t operator()(const wattback::Id<Tag>& id) const noexcept {
    return std::hash<wattback::Uuid>{}(id.uuid);
  }
};

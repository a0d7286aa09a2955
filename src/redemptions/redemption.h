// Points spent on a reward, and whether it was handed out or given back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::redemptions {

enum class Status : std::uint8_t { pending, fulfilled, cancelled };

struct Redemption {
  RedemptionId redemption_id;
  UserId user_id;
  RewardId reward_id;
  std::string reward_name;  // as it was then
  Instant redemption_date;
  Points points_redeemed;
  Status status = Status::pending;
  Fingerprint fingerprint{};
  std::int64_t seq = 0;                    // the ledger entry that took the points
  std::optional<std::int64_t> refund_seq;  // the one that gave them back
  std::int64_t version = 1;
};

inline constexpr store::Collection collection{"redemptions"};
inline constexpr std::string_view index_user = "user_id";
inline constexpr std::string_view index_reward = "reward_id";
inline constexpr std::string_view index_status = "status";

const store::Codec<Redemption>& codec();
store::Key key(const RedemptionId& id);
RedemptionId redemption_id(const UserId& user, const IdempotencyKey& key);
Fingerprint fingerprint(const RewardId& reward);  // of what a redemption asks for

}  // namespace wattback::redemptions

template <>
struct wattback::EnumNames<wattback::redemptions::Status> {
  static constexpr std::array rows{
      std::pair{wattback::redemptions::Status::pending, "pending"},
      std::pair{wattback::redemptions::Status::fulfilled, "fulfilled"},
      std::pair{wattback::redemptions::Status::cancelled, "cancelled"}};
};

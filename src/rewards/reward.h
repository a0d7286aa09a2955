// What points can be spent on. Stock changes by movements with a reason, never by setting a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::rewards {

enum class Status : std::uint8_t { active, archived };

struct Reward {
  RewardId reward_id;
  std::string name;
  std::string name_folded;  // as compared: unique
  std::string description;
  Points points_required{1};
  std::int64_t inventory = 0;  // available units
  Status status = Status::active;
  std::int64_t stocked = 0;  // units ever put in stock: the sum of its movements
  Instant created_at;
  Instant updated_at;
  std::int64_t edition = 1;
  std::int64_t version = 1;
};

struct StockMovement {
  MovementId movement_id;
  RewardId reward_id;
  std::int64_t delta = 0;  // units put in, or taken out where negative
  std::string reason_code;
  Actor actor;
  Fingerprint fingerprint{};
  Instant created_at;
};

inline constexpr store::Collection collection{"rewards"};
inline constexpr store::Collection movements_collection{"stock_movements"};
inline constexpr std::string_view index_points_required = "points_required";
inline constexpr std::string_view index_name = "name";
inline constexpr std::size_t name_max = 200;
inline constexpr std::size_t description_max = 4000;
inline constexpr std::int64_t stock_max = 1'000'000'000;

const store::Codec<Reward>& codec();
const store::Codec<StockMovement>& movements_codec();
store::Key key(const RewardId& id);
store::Key name_key(std::string_view name);
store::Key movement_key(const MovementId& id);

// The id of a reward taken in by import: from its folded name, so that a repeat finds it.
RewardId imported_reward_id(std::string_view name);
MovementId movement_id(const RewardId& reward, const IdempotencyKey& key);
Fingerprint movement_fingerprint(std::int64_t delta, std::string_view reason_code);

// What a balance lacks of the price; 0 where it reaches.
Points points_missing(const Reward& reward, Points balance);

}  // namespace wattback::rewards

template <>
struct wattback::EnumNames<wattback::rewards::Status> {
  static constexpr std::array rows{std::pair{wattback::rewards::Status::active, "active"},
                                   std::pair{wattback::rewards::Status::archived, "archived"}};
};

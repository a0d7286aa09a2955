#include "rewards/reward.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "base/text.h"

namespace wattback::rewards {

const store::Codec<Reward>& codec() {
  static const store::Codec<Reward> codec(
      collection,
      {store::field<&Reward::reward_id>("reward_id"), store::field<&Reward::name>("name"),
       store::field<&Reward::name_folded>("name_folded"),
       store::field<&Reward::description>("description"),
       store::field<&Reward::points_required>("points_required"),
       store::field<&Reward::inventory>("inventory"), store::field<&Reward::status>("status"),
       store::field<&Reward::stocked>("stocked"), store::field<&Reward::created_at>("created_at"),
       store::field<&Reward::updated_at>("updated_at"), store::field<&Reward::edition>("edition"),
       store::field<&Reward::version>("version")});
  return codec;
}

const store::Codec<StockMovement>& movements_codec() {
  static const store::Codec<StockMovement> codec(
      movements_collection, {store::field<&StockMovement::movement_id>("movement_id"),
                             store::field<&StockMovement::reward_id>("reward_id"),
                             store::field<&StockMovement::delta>("delta"),
                             store::field<&StockMovement::reason_code>("reason_code"),
                             store::field<&StockMovement::actor>("actor"),
                             store::field<&StockMovement::fingerprint>("fingerprint"),
                             store::field<&StockMovement::created_at>("created_at")});
  return codec;
}

store::Key key(const RewardId& id) { return {.collection = collection, .values = {id.uuid}}; }

store::Key name_key(std::string_view name) {
  return {.collection = collection, .index = index_name, .values = {fold(name)}};
}

store::Key movement_key(const MovementId& id) {
  return {.collection = movements_collection, .values = {id.uuid}};
}

RewardId imported_reward_id(std::string_view name) {
  const auto folded = fold(name);
  const std::array<std::string_view, 1> parts{folded};
  return {derive_uuid("reward", parts)};
}

MovementId movement_id(const RewardId& reward, const IdempotencyKey& key) {
  const auto id = to_text(reward);
  const std::array<std::string_view, 2> parts{id, key.text};
  return {derive_uuid("stock", parts)};
}

Fingerprint movement_fingerprint(std::int64_t delta, std::string_view reason_code) {
  Sha256 hash;
  hash.add_integer(delta);
  hash.add_part(reason_code);
  return hash.finish();
}

Points points_missing(const Reward& reward, Points balance) {
  return std::max(Points{0}, reward.points_required - balance);
}

}  // namespace wattback::rewards

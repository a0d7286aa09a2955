#include "redemptions/redemption.h"

#include <array>

#include "base/sha256.h"

namespace wattback::redemptions {

const store::Codec<Redemption>& codec() {
  static const store::Codec<Redemption> codec(
      collection,
      {store::field<&Redemption::redemption_id>("redemption_id"),
       store::field<&Redemption::user_id>("user_id"),
       store::field<&Redemption::reward_id>("reward_id"),
       store::field<&Redemption::reward_name>("reward_name"),
       store::field<&Redemption::redemption_date>("redemption_date"),
       store::field<&Redemption::points_redeemed>("points_redeemed"),
       store::field<&Redemption::status>("status"),
       store::field<&Redemption::fingerprint>("fingerprint"), store::field<&Redemption::seq>("seq"),
       store::field<&Redemption::refund_seq>("refund_seq"),
       store::field<&Redemption::version>("version")});
  return codec;
}

store::Key key(const RedemptionId& id) { return {.collection = collection, .values = {id.uuid}}; }

RedemptionId redemption_id(const UserId& user, const IdempotencyKey& key) {
  const std::array<std::string_view, 1> parts{key.text};
  return {derive_uuid("redemption", user, parts)};
}

Fingerprint fingerprint(const RewardId& reward) {
  Sha256 hash;
  hash.add_part(reward.uuid.bytes);
  return hash.finish();
}

}  // namespace wattback::redemptions

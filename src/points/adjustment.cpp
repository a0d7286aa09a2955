#include "points/adjustment.h"

#include <array>

#include "base/sha256.h"

namespace wattback::points {

const store::Codec<Adjustment>& adjustments_codec() {
  static const store::Codec<Adjustment> codec(
      adjustments_collection,
      {store::field<&Adjustment::adjustment_id>("adjustment_id"),
       store::field<&Adjustment::user_id>("user_id"), store::field<&Adjustment::points>("points"),
       store::field<&Adjustment::reason_code>("reason_code"),
       store::field<&Adjustment::actor>("actor"), store::field<&Adjustment::seq>("seq"),
       store::field<&Adjustment::fingerprint>("fingerprint"),
       store::field<&Adjustment::created_at>("created_at")});
  return codec;
}

AdjustmentId adjustment_id(const UserId& user, const IdempotencyKey& key) {
  const std::array<std::string_view, 1> parts{key.text};
  return {derive_uuid("adjustment", user, parts)};
}

Fingerprint adjustment_fingerprint(std::string_view operation, Points points,
                                   std::string_view reason_code) {
  Sha256 hash;
  hash.add_part(operation);
  hash.add_integer(points.count);
  hash.add_part(reason_code);
  return hash.finish();
}

bool is_write_off(const Adjustment& adjustment) {
  return adjustment.fingerprint ==
         adjustment_fingerprint(operation_write_off, adjustment.points, adjustment.reason_code);
}

store::Key adjustment_key(const AdjustmentId& id) {
  return {.collection = adjustments_collection, .values = {id.uuid}};
}

}  // namespace wattback::points

#include "programme/programme.h"

namespace wattback::programme {

const store::Codec<Programme>& codec() {
  static const store::Codec<Programme> codec(
      collection,
      {store::field<&Programme::programme_id>("programme_id"),
       store::field<&Programme::name>("name"), store::field<&Programme::time_zone>("time_zone"),
       store::field<&Programme::self_reporting>("self_reporting"),
       store::field<&Programme::rules_version>("rules_version"),
       store::field<&Programme::created_at>("created_at"),
       store::field<&Programme::edition>("edition"), store::field<&Programme::version>("version")});
  return codec;
}

ProgrammeId programme_id() {
  static const ProgrammeId id{derive_uuid("programme", {})};
  return id;
}

store::Key key() { return {.collection = collection, .values = {programme_id().uuid}}; }

}  // namespace wattback::programme

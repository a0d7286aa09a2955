#include "importers/import.h"

#include <array>

#include "base/sha256.h"

namespace wattback {

namespace importers {
namespace {

template <class Visit>
void for_each_count(Counts& counts, Visit visit) {
  visit("read", counts.read);
  visit("accepted", counts.accepted);
  visit("duplicates", counts.duplicates);
  visit("restated", counts.restated);
  visit("superseded", counts.superseded);
  visit("rejected", counts.rejected);
  visit("energy_mwh", counts.energy.milliwatt_hours);
  visit("points", counts.points.count);
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  read += other.read;
  accepted += other.accepted;
  duplicates += other.duplicates;
  restated += other.restated;
  superseded += other.superseded;
  rejected += other.rejected;
  energy += other.energy;
  points += other.points;
  return *this;
}

const store::Codec<Import>& codec() {
  static const store::Codec<Import> codec(
      collection,
      {store::field<&Import::import_id>("import_id"), store::field<&Import::actor>("actor"),
       store::field<&Import::user_id>("user_id"), store::field<&Import::fingerprint>("fingerprint"),
       store::field<&Import::status>("status"), store::field<&Import::as_of>("as_of"),
       store::field<&Import::progress>("progress"), store::field<&Import::counts>("counts"),
       store::field<&Import::first_date>("first_date"),
       store::field<&Import::last_date>("last_date"),
       store::field<&Import::reason_code>("reason_code"),
       store::field<&Import::created_at>("created_at"), store::field<&Import::version>("version")});
  return codec;
}

store::Key key(const ImportId& id) { return {.collection = collection, .values = {id.uuid}}; }

ImportId import_id(const Fingerprint& fingerprint) {
  const auto text = to_hex(fingerprint);
  const std::array<std::string_view, 1> parts{text};
  return {derive_uuid("import", parts)};
}

ImportId bulk_id(const Actor& sender, const IdempotencyKey& key) {
  const auto who = to_text(sender.uuid);
  const std::array<std::string_view, 2> parts{who, key.text};
  return {derive_uuid("bulk", parts)};
}

}  // namespace importers

store::Value store::ValueForm<importers::Counts>::to(const importers::Counts& counts) {
  Integers integers;
  auto copy = counts;
  importers::for_each_count(copy,
                            [&](const char* name, std::int64_t count) { integers[name] = count; });
  return integers;
}

importers::Counts store::ValueForm<importers::Counts>::from(const Value& value) {
  const auto& integers = std::get<Integers>(value);
  importers::Counts counts;
  importers::for_each_count(counts, [&](const char* name, std::int64_t& count) {
    const auto found = integers.find(name);
    count = found == integers.end() ? 0 : found->second;
  });
  return counts;
}

}  // namespace wattback

// One table a type says both ways between a value of the domain and its document:
//   const store::Codec<User>& codec() {
//     static const store::Codec<User> codec(users, {store::field<&User::id>("user_id"), ...});
// The table must name every field of the collection, in any order; a mistake ends the program.
#pragma once

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/energy.h"
#include "base/enum_names.h"
#include "base/ids.h"
#include "base/points.h"
#include "store/document.h"

namespace wattback::store {

template <class T>
struct ValueForm {  // bool, int64, double, text, Uuid, Instant, Day, Bytes, Integers: themselves
  static Value to(const T& value) { return value; }
  static T from(const Value& value) { return std::get<T>(value); }
};

template <class Tag>
struct ValueForm<Id<Tag>> {
  static Value to(const Id<Tag>& id) { return id.uuid; }
  static Id<Tag> from(const Value& value) { return {std::get<Uuid>(value)}; }
};

template <>
struct ValueForm<Actor> {
  static Value to(const Actor& actor) { return actor.uuid; }
  static Actor from(const Value& value) { return {std::get<Uuid>(value)}; }
};

template <>
struct ValueForm<Points> {
  static Value to(Points points) { return points.count; }
  static Points from(const Value& value) { return {std::get<std::int64_t>(value)}; }
};

template <>
struct ValueForm<Nanopoints> {
  static Value to(Nanopoints nanopoints) { return nanopoints.count; }
  static Nanopoints from(const Value& value) { return {std::get<std::int64_t>(value)}; }
};

template <>
struct ValueForm<Energy> {
  static Value to(Energy energy) {
    check(std::abs(energy.milliwatt_hours) <= energy_max.milliwatt_hours);
    return to_kwh(energy);
  }
  static Energy from(const Value& value) {
    const double kwh = std::get<double>(value);
    if (!(std::abs(kwh) <= to_kwh(energy_max)) || to_kwh(from_kwh(kwh)) != kwh) {
      throw CorruptDocument("an energy that is no count of milliwatt-hours");
    }
    return from_kwh(kwh);
  }
};

template <>
struct ValueForm<Seconds> {
  static Value to(Seconds seconds) { return std::int64_t{seconds.count()}; }
  static Seconds from(const Value& value) { return Seconds(std::get<std::int64_t>(value)); }
};

template <>
struct ValueForm<Digest> {
  static Value to(const Digest& digest) { return Bytes(digest.begin(), digest.end()); }
  static Digest from(const Value& value) {
    const auto& bytes = std::get<Bytes>(value);
    Digest digest{};
    if (bytes.size() != digest.size()) {
      throw CorruptDocument("a digest of another length");
    }
    std::ranges::copy(bytes, digest.begin());
    return digest;
  }
};

template <>
struct ValueForm<TimeZone> {
  static Value to(const TimeZone& zone) { return zone.name(); }
  static TimeZone from(const Value& value) {
    const auto zone = TimeZone::find(std::get<std::string>(value));
    if (!zone) {
      throw CorruptDocument(zone.error().detail);
    }
    return *zone;
  }
};

template <NamedEnum E>
struct ValueForm<E> {
  static Value to(E value) { return std::string(wattback::to_text(value)); }
  static E from(const Value& value) {
    const auto known = from_text<E>(std::get<std::string>(value));
    if (!known) {
      throw CorruptDocument("an unknown word: " + std::get<std::string>(value));
    }
    return *known;
  }
};

template <class T>
struct ValueForm<std::optional<T>> {
  static Value to(const std::optional<T>& value) {
    return value ? ValueForm<T>::to(*value) : Value{};
  }
  static std::optional<T> from(const Value& value) {
    if (is_absent(value)) {
      return std::nullopt;
    }
    return ValueForm<T>::from(value);
  }
};

// A field of T and how it is read and written.
template <class T>
struct Field {
  std::string_view name;
  Value (*read)(const T&) = nullptr;
  void (*write)(T&, const Value&) = nullptr;
};

template <class M>
struct MemberOf;
template <class T, class M>
struct MemberOf<M T::*> {
  using Type = T;
  using Value = M;
};

template <auto Member>
auto field(std::string_view name) {
  using T = MemberOf<decltype(Member)>::Type;
  using Form = ValueForm<typename MemberOf<decltype(Member)>::Value>;
  return Field<T>{
      .name = name,
      .read = [](const T& value) { return Form::to(value.*Member); },
      .write = [](T& value, const Value& stored) { value.*Member = Form::from(stored); }};
}

template <class T>
class Codec {
 public:
  Codec(Collection collection, std::initializer_list<Field<T>> fields)
      : collection_(collection), schema_(&product_schema().collection(collection)) {
    check(fields.size() == schema_->fields.size());
    fields_.resize(fields.size());
    for (const auto& field : fields) {
      auto& slot = fields_.at(schema_->position(field.name));
      check(slot.read == nullptr);
      slot = field;
    }
  }

  Collection collection() const { return collection_; }
  const CollectionSchema& schema() const { return *schema_; }

  Document encode(const T& value) const {
    Document document;
    document.values.reserve(fields_.size());
    for (const auto& field : fields_) {
      document.values.push_back(field.read(value));
    }
    return document;
  }

  // Throws CorruptDocument for what encode could not have made. `blank` gives the members a type
  // that has no default must start from.
  T decode(const Document& document, T blank = {}) const {
    check(document.values.size() == fields_.size());
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      try {
        fields_[i].write(blank, document.values[i]);
      } catch (const std::bad_variant_access&) {
        throw CorruptDocument(name_of(document, i) + " has the wrong type");
      } catch (const CorruptDocument& corrupt) {
        throw CorruptDocument(name_of(document, i) + " is corrupt: " + corrupt.what());
      }
    }
    return blank;
  }

 private:
  std::string name_of(const Document& document, std::size_t position) const {
    return to_text(primary_key(*schema_, document)) + ": " + std::string(fields_[position].name);
  }

  Collection collection_;
  const CollectionSchema* schema_;
  std::vector<Field<T>> fields_;
};

}  // namespace wattback::store

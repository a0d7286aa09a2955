#include "store/mongo/declarations.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace wattback::store::mongo {
namespace {

constexpr double whole_double_max = 9'007'199'254'740'992;  // 2^53: below it every whole one is

std::string_view type_of(FieldType type, Form form) {
  switch (type) {
    case FieldType::boolean:
      return "bool";
    case FieldType::int64:
      return "long";
    case FieldType::real:
      return "double";
    case FieldType::string:
      return "string";
    case FieldType::uuid:
      return "binData";
    case FieldType::bytes:
      return form == Form::hexadecimal ? "string" : "binData";
    case FieldType::time:
    case FieldType::day:
      return "date";
    case FieldType::integers:
      return "object";
  }
  check(false);
  return {};
}

Bson form_of_integers(const FieldSchema& field) {
  Bson properties;
  for (const auto& key : field.keys) {
    Bson form;
    properties.document(key, form.text("bsonType", "long"));
  }
  return properties;
}

Bson form_of(const FieldSchema& field, Form form) {
  Bson rules;
  rules.text("bsonType", type_of(field.type, form));
  if (!field.description.empty()) {
    rules.text("description", field.description);
  }
  if (field.min) {
    rules.int64("minimum", *field.min);
  }
  if (field.max) {
    rules.int64("maximum", *field.max);
  }
  if (!field.words.empty()) {
    BsonArray words;
    for (const auto& word : field.words) {
      words.add_text(word);
    }
    rules.array("enum", words.items());
  }
  if (field.length_max > 0 && type_of(field.type, form) == "string") {
    const auto letters_a_byte = form == Form::hexadecimal ? 2 : 1;
    rules.int64("maxLength", static_cast<std::int64_t>(field.length_max) * letters_a_byte);
  }
  if (field.type == FieldType::integers) {
    rules.document("properties", form_of_integers(field)).boolean("additionalProperties", false);
  }
  return rules;
}

Bson form_of_id(const Layout& layout) {
  const auto& collection = layout.collection();
  const auto& positions = collection.primary.fields;
  if (!layout.has_key_in_id()) {
    return form_of(collection.fields[positions.front()], layout.field(positions.front()).form);
  }
  Bson properties;
  BsonArray required;
  for (const auto position : positions) {
    const auto& field = collection.fields[position];
    properties.document(field.name, form_of(field, layout.field(position).form));
    required.add_text(field.name);
  }
  Bson form;
  form.text("bsonType", "object")
      .document("properties", properties)
      .array("required", required.items())
      .boolean("additionalProperties", false);
  return form;
}

bool stands_in_id(const Layout& layout, std::size_t position) {
  return layout.field(position).path != layout.collection().fields[position].name;
}

std::optional<std::int64_t> whole_number_at(const bson_iter_t& at) {
  if (BSON_ITER_HOLDS_INT(&at)) {
    return bson_iter_as_int64(&at);
  }
  if (BSON_ITER_HOLDS_DOUBLE(&at) && std::abs(bson_iter_double(&at)) <= whole_double_max &&
      std::trunc(bson_iter_double(&at)) == bson_iter_double(&at)) {
    return bson_iter_as_int64(&at);
  }
  return std::nullopt;
}

// What a document says: rules, or names of fields with the rules of each.
enum class Says : std::uint8_t { rules, names };

bool is_same(const bson_iter_t& one, const bson_iter_t& other, Says says);

bool is_for_people(const bson_iter_t& at, Says says) {
  return says == Says::rules && std::string_view(bson_iter_key(&at)) == "description";
}

std::size_t count(const bson_iter_t& from, Says says) {
  bson_iter_t each = from;  // not as an argument, which would lose its alignment
  std::size_t count = 0;
  while (bson_iter_next(&each)) {
    count += is_for_people(each, says) ? 0U : 1U;
  }
  return count;
}

bool are_same(const bson_iter_t& one, const bson_iter_t& other, Says says) {
  if (count(one, says) != count(other, says)) {
    return false;
  }
  bson_iter_t each = one;
  while (bson_iter_next(&each)) {
    bson_iter_t same = other;
    if (is_for_people(each, says)) {
      continue;
    }
    const bool are_names =
        says == Says::rules && std::string_view(bson_iter_key(&each)) == "properties";
    if (!bson_iter_find(&same, bson_iter_key(&each)) ||
        !is_same(each, same, are_names ? Says::names : Says::rules)) {
      return false;
    }
  }
  return true;
}

bool is_same(const bson_iter_t& one, const bson_iter_t& other, Says says) {
  if (const auto number = whole_number_at(one)) {
    return number == whole_number_at(other);
  }
  if (bson_iter_type(&one) != bson_iter_type(&other)) {
    return false;
  }
  bson_iter_t left;
  bson_iter_t right;
  if (bson_iter_recurse(&one, &left) && bson_iter_recurse(&other, &right)) {
    return are_same(left, right, says);
  }
  Bson one_alone;
  Bson other_alone;
  check(bson_append_iter(one_alone.get(), "", 0, &one));
  check(bson_append_iter(other_alone.get(), "", 0, &other));
  return bson_equal(one_alone.get(), other_alone.get());
}

}  // namespace

bool is_same_declaration(const bson_t* one, const bson_t* other) {
  bson_iter_t left;
  bson_iter_t right;
  check(bson_iter_init(&left, one));
  check(bson_iter_init(&right, other));
  return are_same(left, right, Says::rules);
}

Bson validator_of(const Layout& layout) {
  const auto& collection = layout.collection();
  Bson properties;
  BsonArray required;
  properties.document("_id", form_of_id(layout));
  required.add_text("_id");
  for (std::size_t i = 0; i < collection.fields.size(); ++i) {
    const auto& field = collection.fields[i];
    if (stands_in_id(layout, i)) {
      continue;
    }
    properties.document(field.name, form_of(field, layout.field(i).form));
    if (field.required) {
      required.add_text(field.name);
    }
  }
  Bson schema;
  schema.text("bsonType", "object")
      .document("properties", properties)
      .array("required", required.items())
      .boolean("additionalProperties", false);
  Bson validator;
  validator.document("$jsonSchema", schema);
  return validator;
}

Bson indexes_of(const Layout& layout) {
  BsonArray indexes;
  for (const auto& index : layout.stored_indexes()) {
    Bson key;
    Bson present;
    for (const auto position : index.fields) {
      const auto& path = layout.field(position).path;
      key.int32(path, 1);
      Bson exists;
      present.document(path, exists.boolean("$exists", true));
    }
    Bson declared;
    declared.text("name", index.name).document("key", key);
    if (index.unique) {
      declared.boolean("unique", true);
    }
    if (index.partial) {
      declared.document("partialFilterExpression", present);
    }
    indexes.add(declared);
  }
  return std::move(indexes.items());
}

}  // namespace wattback::store::mongo

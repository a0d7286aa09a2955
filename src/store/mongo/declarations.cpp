#include "store/mongo/declarations.h"

#include <algorithm>

#include "base/check.h"

namespace wattback::store::mongo {
namespace {

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

}  // namespace

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

#include "store/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "base/check.h"
#include "store/embedded_schema.h"

namespace wattback::store {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(std::string_view where, std::string_view what) {
  throw std::invalid_argument(fmt::format("schema: {}: {}", where, what));
}

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

std::vector<std::string> texts_of(const json::value& value) {
  std::vector<std::string> texts;
  for (const auto& item : value.as_array()) {
    texts.push_back(text_of(item));
  }
  return texts;
}

FieldType parse_type(std::string_view name, std::string_view where) {
  constexpr std::array<std::pair<std::string_view, FieldType>, 9> types{{
      {"boolean", FieldType::boolean},
      {"int64", FieldType::int64},
      {"real", FieldType::real},
      {"string", FieldType::string},
      {"uuid", FieldType::uuid},
      {"time", FieldType::time},
      {"day", FieldType::day},
      {"bytes", FieldType::bytes},
      {"integers", FieldType::integers},
  }};
  const auto* found =
      std::ranges::find(types, name, &std::pair<std::string_view, FieldType>::first);
  if (found == types.end()) {
    refuse(where, fmt::format("no type '{}'", name));
  }
  return found->second;
}

FieldSchema parse_field(const json::object& object, std::string_view collection) {
  FieldSchema field;
  for (const auto& [key, value] : object) {
    if (key == "name") {
      field.name = text_of(value);
    } else if (key == "type") {
      field.type = parse_type(value.as_string(), collection);
    } else if (key == "optional") {
      field.required = !value.as_bool();
    } else if (key == "description") {
      field.description = text_of(value);
    } else if (key == "min") {
      field.min = value.as_int64();
    } else if (key == "max") {
      field.max = value.as_int64();
    } else if (key == "length_max") {
      field.length_max = static_cast<std::size_t>(value.as_int64());
    } else if (key == "length") {
      field.length = static_cast<std::size_t>(value.as_int64());
    } else if (key == "enum") {
      field.words = texts_of(value);
    } else if (key == "keys") {
      field.keys = texts_of(value);
    } else if (key == "references") {
      field.references = text_of(value);
    } else if (key == "sealed") {
      field.sealed = value.as_bool();
    } else {
      refuse(collection, fmt::format("a field has no '{}'", std::string_view(key)));
    }
  }
  return field;
}

// The positions of the named fields.
std::vector<std::size_t> parse_fields(const json::value& names,
                                      const CollectionSchema& collection) {
  std::vector<std::size_t> positions;
  for (const auto& name : texts_of(names)) {
    const auto found = std::ranges::find(collection.fields, name, &FieldSchema::name);
    if (found == collection.fields.end()) {
      refuse(collection.name, fmt::format("no field '{}'", name));
    }
    positions.push_back(static_cast<std::size_t>(found - collection.fields.begin()));
  }
  if (positions.empty()) {
    refuse(collection.name, "an index without fields");
  }
  return positions;
}

// A total order: the index's fields, then what of the primary key is missing.
std::vector<std::size_t> total_order(std::vector<std::size_t> fields,
                                     const std::vector<std::size_t>& primary) {
  for (const auto position : primary) {
    if (std::ranges::find(fields, position) == fields.end()) {
      fields.push_back(position);
    }
  }
  return fields;
}

IndexSchema parse_index(const json::object& object, const CollectionSchema& collection) {
  IndexSchema index;
  for (const auto& [key, value] : object) {
    if (key == "name") {
      index.name = text_of(value);
    } else if (key == "fields") {
      index.fields = parse_fields(value, collection);
    } else if (key == "unique") {
      index.unique = value.as_bool();
    } else if (key == "spread") {
      index.spread = static_cast<int>(value.as_int64());
    } else {
      refuse(collection.name, fmt::format("an index has no '{}'", std::string_view(key)));
    }
  }
  index.order = total_order(index.fields, collection.primary.fields);
  return index;
}

CollectionSchema parse_collection_object(const json::object& object) {
  CollectionSchema collection;
  collection.name = text_of(object.at("name"));
  collection.description = text_of(object.at("description"));
  for (const auto& field : object.at("fields").as_array()) {
    collection.fields.push_back(parse_field(field.as_object(), collection.name));
  }
  collection.primary.name = primary_index;
  collection.primary.fields = parse_fields(object.at("primary_key"), collection);
  collection.primary.order = collection.primary.fields;
  collection.primary.unique = true;
  for (const auto& index : object.at("indexes").as_array()) {
    collection.indexes.push_back(parse_index(index.as_object(), collection));
  }
  if (const auto* shard_by = object.if_contains("shard_by")) {
    collection.shard_by = collection.position(shard_by->as_string());
  }
  const auto version = std::ranges::find(collection.fields, "version", &FieldSchema::name);
  if (version != collection.fields.end()) {
    collection.version = static_cast<std::size_t>(version - collection.fields.begin());
  }
  return collection;
}

Schema parse_embedded() {
  const auto root = json::parse(embedded_schema_version_json()).as_object();
  Schema schema;
  schema.version = root.at("version").as_int64();
  for (const auto& name : texts_of(root.at("collections"))) {
    const auto text = embedded_collection_json(name);
    if (text.empty()) {
      refuse(name, "the file is not embedded");
    }
    schema.collections.push_back(parse_collection(text));
    check(schema.collections.back().name == name);
  }
  return schema;
}

}  // namespace

std::size_t CollectionSchema::position(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &FieldSchema::name);
  check(found != fields.end());
  return static_cast<std::size_t>(found - fields.begin());
}

const IndexSchema& CollectionSchema::index(std::string_view index_name) const {
  if (index_name == primary_index) {
    return primary;
  }
  const auto found = std::ranges::find(indexes, index_name, &IndexSchema::name);
  check(found != indexes.end());
  return *found;
}

const CollectionSchema& Schema::collection(Collection collection) const {
  const auto found = std::ranges::find(collections, collection.name, &CollectionSchema::name);
  check(found != collections.end());
  return *found;
}

CollectionSchema parse_collection(std::string_view text) {
  try {
    return parse_collection_object(json::parse(text).as_object());
  } catch (const boost::system::system_error& error) {
    throw std::invalid_argument(fmt::format("schema: {}", error.what()));
  } catch (const std::out_of_range& error) {
    throw std::invalid_argument(fmt::format("schema: {}", error.what()));
  }
}

const Schema& product_schema() {
  static const Schema schema = parse_embedded();
  return schema;
}

}  // namespace wattback::store

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

std::size_t parse_length(const json::value& value, std::string_view collection) {
  const auto length = value.as_int64();
  if (length < 0) {
    refuse(collection, fmt::format("{} is no length", length));
  }
  return static_cast<std::size_t>(length);
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
      field.length_max = parse_length(value, collection);
    } else if (key == "length") {
      field.length = parse_length(value, collection);
    } else if (key == "enum") {
      field.words = texts_of(value);
    } else if (key == "keys") {
      field.keys = texts_of(value);
    } else if (key == "references") {
      field.references = text_of(value);
    } else if (key == "sealed") {
      field.sealed = value.as_bool();
    } else if (key == "since") {
      field.since = value.as_int64();
    } else if (key == "required_since") {
      field.required_since = value.as_int64();
    } else {
      refuse(collection, fmt::format("a field has no '{}'", std::string_view(key)));
    }
  }
  if (field.name.empty() || !object.contains("type")) {
    refuse(collection, "a field without a name or a type");
  }
  if (field.required_since == 0) {
    field.required_since = field.since;
  }
  if (field.required_since < field.since) {
    refuse(collection, fmt::format("{} was required before it was there", field.name));
  }
  return field;
}

// The position of a field that must be there.
std::size_t parse_position(std::string_view name, const CollectionSchema& collection) {
  const auto found = std::ranges::find(collection.fields, name, &FieldSchema::name);
  if (found == collection.fields.end()) {
    refuse(collection.name, fmt::format("no field '{}'", name));
  }
  return static_cast<std::size_t>(found - collection.fields.begin());
}

// The positions of the named fields.
std::vector<std::size_t> parse_fields(const json::value& names,
                                      const CollectionSchema& collection) {
  std::vector<std::size_t> positions;
  for (const auto& name : texts_of(names)) {
    positions.push_back(parse_position(name, collection));
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
    } else if (key == "since") {
      index.since = value.as_int64();
    } else {
      refuse(collection.name, fmt::format("an index has no '{}'", std::string_view(key)));
    }
  }
  index.order = total_order(index.fields, collection.primary.fields);
  return index;
}

// The optimistic lock is the field of that name, where there is one.
std::optional<std::size_t> find_version(const CollectionSchema& collection) {
  const auto version = std::ranges::find(collection.fields, "version", &FieldSchema::name);
  if (version == collection.fields.end()) {
    return std::nullopt;
  }
  if (version->type != FieldType::int64 || !version->required) {
    refuse(collection.name, "version is no required int64");
  }
  return static_cast<std::size_t>(version - collection.fields.begin());
}

template <class T>
bool has_name(const std::vector<T>& all, std::string_view name) {
  return std::ranges::find(all, name, &T::name) != all.end();
}

void parse_all_fields(const json::array& fields, CollectionSchema& collection) {
  for (const auto& value : fields) {
    auto field = parse_field(value.as_object(), collection.name);
    if (has_name(collection.fields, field.name)) {
      refuse(collection.name, fmt::format("two fields '{}'", field.name));
    }
    collection.fields.push_back(std::move(field));
  }
}

IndexSchema parse_primary_key(const json::value& names, const CollectionSchema& collection) {
  IndexSchema primary{.name = std::string(primary_index),
                      .fields = parse_fields(names, collection),
                      .order = {},
                      .unique = true};
  primary.order = primary.fields;
  for (const auto position : primary.fields) {
    if (!collection.fields[position].required || collection.fields[position].since > 0) {
      refuse(collection.name, "the primary key has an optional or a later field");
    }
  }
  return primary;
}

void parse_indexes(const json::array& indexes, CollectionSchema& collection) {
  for (const auto& value : indexes) {
    auto index = parse_index(value.as_object(), collection);
    if (index.name == primary_index || has_name(collection.indexes, index.name)) {
      refuse(collection.name, fmt::format("two indexes '{}'", index.name));
    }
    collection.indexes.push_back(std::move(index));
  }
}

CollectionSchema parse_collection_object(const json::object& object) {
  constexpr std::array<std::string_view, 7> known{"name",    "description", "primary_key", "fields",
                                                  "indexes", "shard_by",    "since"};
  CollectionSchema collection;
  collection.name = text_of(object.at("name"));
  for (const auto& [key, value] : object) {
    if (std::ranges::find(known, std::string_view(key)) == known.end()) {
      refuse(collection.name, fmt::format("a collection has no '{}'", std::string_view(key)));
    }
  }
  collection.description = text_of(object.at("description"));
  parse_all_fields(object.at("fields").as_array(), collection);
  collection.primary = parse_primary_key(object.at("primary_key"), collection);
  parse_indexes(object.at("indexes").as_array(), collection);
  if (const auto* shard_by = object.if_contains("shard_by")) {
    collection.shard_by = parse_position(shard_by->as_string(), collection);
  }
  collection.version = find_version(collection);
  if (const auto* since = object.if_contains("since")) {
    collection.since = since->as_int64();
  }
  return collection;
}

// Where each field stands once the later ones are left out.
class Places {
 public:
  Places(const CollectionSchema& collection, std::int64_t version) {
    std::size_t next = 0;
    for (const auto& field : collection.fields) {
      places_.push_back(field.since <= version ? std::optional(next++) : std::nullopt);
    }
  }

  std::size_t at(std::size_t position) const {
    check(places_.at(position).has_value());
    return *places_[position];
  }
  std::optional<std::size_t> at(std::optional<std::size_t> position) const {
    return position ? std::optional(at(*position)) : std::nullopt;
  }
  IndexSchema at(IndexSchema index) const {
    for (auto* positions : {&index.fields, &index.order}) {
      for (auto& position : *positions) {
        position = at(position);
      }
    }
    return index;
  }

 private:
  std::vector<std::optional<std::size_t>> places_;
};

CollectionSchema as_of(CollectionSchema collection, std::int64_t version) {
  const Places places(collection, version);
  std::erase_if(collection.indexes, [&](const auto& index) { return index.since > version; });
  std::erase_if(collection.fields, [&](const auto& field) { return field.since > version; });
  collection.primary = places.at(collection.primary);
  std::ranges::transform(collection.indexes, collection.indexes.begin(),
                         [&](const auto& index) { return places.at(index); });
  collection.shard_by = places.at(collection.shard_by);
  collection.version = places.at(collection.version);
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

Schema as_of(const Schema& schema, std::int64_t version) {
  Schema earlier{.version = version, .collections = {}};
  for (const auto& collection : schema.collections) {
    if (collection.since <= version) {
      earlier.collections.push_back(as_of(collection, version));
    }
  }
  return expanded_from(std::move(earlier), version);
}

Schema expanded_from(Schema schema, std::int64_t version) {
  for (auto& collection : schema.collections) {
    for (auto& field : collection.fields) {
      field.required = field.required && field.required_since <= version;
    }
  }
  return schema;
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

#include "store/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace wattback::store {
namespace {

bool has_type(const Value& value, FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return std::holds_alternative<bool>(value);
    case FieldType::int64:
      return std::holds_alternative<std::int64_t>(value);
    case FieldType::real:
      return std::holds_alternative<double>(value);
    case FieldType::string:
      return std::holds_alternative<std::string>(value);
    case FieldType::uuid:
      return std::holds_alternative<Uuid>(value);
    case FieldType::time:
      return std::holds_alternative<Instant>(value);
    case FieldType::day:
      return std::holds_alternative<Day>(value);
    case FieldType::bytes:
      return std::holds_alternative<Bytes>(value);
    case FieldType::integers:
      return std::holds_alternative<Integers>(value);
  }
  check(false);
  return false;
}

template <class T>
bool in_range(T value, const FieldSchema& field) {
  return (!field.min || value >= static_cast<T>(*field.min)) &&
         (!field.max || value <= static_cast<T>(*field.max));
}

// What is wrong with a value that has its field's type; empty when nothing is.
std::string fault_in(const Value& value, const FieldSchema& field) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return in_range(*integer, field) ? "" : fmt::format("{} is out of range", *integer);
  }
  if (const auto* real = std::get_if<double>(&value)) {
    if (!std::isfinite(*real)) {
      return "is no finite number";
    }
    return in_range(*real, field) ? "" : fmt::format("{} is out of range", *real);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (!field.words.empty() && std::ranges::find(field.words, *text) == field.words.end()) {
      return fmt::format("'{}' is not one of its words", *text);
    }
    if (field.length_max > 0 && text->size() > field.length_max) {
      return "is too long";
    }
    return is_utf8(*text) ? "" : "is not UTF-8";
  }
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    if (field.length && bytes->size() != *field.length) {
      return fmt::format("is not {} bytes long", *field.length);
    }
    return field.length_max > 0 && bytes->size() > field.length_max ? "is too long" : "";
  }
  if (const auto* integers = std::get_if<Integers>(&value)) {
    for (const auto& [name, integer] : *integers) {
      if (std::ranges::find(field.keys, name) == field.keys.end()) {
        return fmt::format("'{}' is not one of its keys", name);
      }
    }
  }
  return "";
}

}  // namespace

std::size_t KeyHash::operator()(const Key& key) const {
  std::size_t seed = std::hash<std::string_view>{}(key.collection.name);
  for (const auto& value : key.values) {
    seed = seed * 31 + hash_value(value);
  }
  return seed;
}

std::vector<Value> values_at(const Document& document, const std::vector<std::size_t>& positions) {
  std::vector<Value> values;
  values.reserve(positions.size());
  for (const auto position : positions) {
    values.push_back(document.values.at(position));
  }
  return values;
}

Key primary_key(const CollectionSchema& collection, const Document& document) {
  Key key{.collection = {collection.name},
          .values = values_at(document, collection.primary.fields)};
  if (collection.shard_by) {
    key.shard = document.values.at(*collection.shard_by);
  }
  return key;
}

std::vector<Key> unique_keys(const CollectionSchema& collection, const Document& document) {
  std::vector<Key> keys;
  for (const auto& index : collection.indexes) {
    if (!index.unique) {
      continue;
    }
    auto values = values_at(document, index.fields);
    if (std::ranges::none_of(values, is_absent)) {
      keys.push_back(
          {.collection = {collection.name}, .index = index.name, .values = std::move(values)});
      if (collection.shard_by) {
        keys.back().shard = document.values.at(*collection.shard_by);
      }
    }
  }
  return keys;
}

std::int64_t version_of(const CollectionSchema& collection, const Document& document) {
  check(collection.version.has_value());
  return std::get<std::int64_t>(document.values.at(*collection.version));
}

std::string to_text(const Key& key) {
  std::string text = fmt::format("{}[{}", key.collection.name, key.index);
  for (const auto& value : key.values) {
    text += " " + to_text(value);
  }
  return text + "]";
}

std::size_t bytes_of(const Document& document) {
  std::size_t size = 0;
  for (const auto& value : document.values) {
    size += bytes_of(value);
  }
  return size;
}

std::optional<std::string> find_fault(const CollectionSchema& collection,
                                      const Document& document) {
  if (document.values.size() != collection.fields.size()) {
    return fmt::format("{}: has {} fields, not {}", collection.name, document.values.size(),
                       collection.fields.size());
  }
  for (std::size_t i = 0; i < collection.fields.size(); ++i) {
    const auto& field = collection.fields[i];
    const auto& value = document.values[i];
    std::string fault;
    if (is_absent(value)) {
      fault = field.required ? "is required" : "";
    } else {
      fault = has_type(value, field.type) ? fault_in(value, field) : "has the wrong type";
    }
    if (!fault.empty()) {
      return fmt::format("{}.{}: {}", collection.name, field.name, fault);
    }
  }
  return std::nullopt;
}

}  // namespace wattback::store

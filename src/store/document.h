// Documents and their keys. A document is its values, in the order of its collection's fields.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "store/schema.h"
#include "store/value.h"

namespace wattback::store {

struct Document {
  std::vector<Value> values;

  bool operator==(const Document&) const = default;
};

// A stored value that no document of ours holds; the store was written by something else.
class CorruptDocument : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Names one document: by its primary key, or by the fields of a unique index. Carries the shard
// field's value where the collection has one and the values do not hold it. With an absent value it
// names nothing. Two keys are equal when they name the same document the same way; the shard does
// not count. One with another shard than the document's, as who asks for what is another member's
// makes it, may name that document or nothing.
struct Key {
  Collection collection;
  std::string_view index = primary_index;
  std::vector<Value> values;
  std::optional<Value> shard = std::nullopt;

  bool operator==(const Key& other) const {
    return collection == other.collection && index == other.index && values == other.values;
  }
};

struct KeyHash {
  std::size_t operator()(const Key& key) const;
};

std::vector<Value> values_at(const Document& document, const std::vector<std::size_t>& positions);
Key primary_key(const CollectionSchema& collection, const Document& document);

// Its keys in the unique indexes; an index with an absent field has none.
std::vector<Key> unique_keys(const CollectionSchema& collection, const Document& document);

std::int64_t version_of(const CollectionSchema& collection, const Document& document);

std::string to_text(const Key& key);  // users[primary 0192...], for messages
std::size_t bytes_of(const Document& document);

// What the schema forbids in this document, as a sentence naming the field; nothing when it is
// valid.
std::optional<std::string> find_fault(const CollectionSchema& collection, const Document& document);

}  // namespace wattback::store

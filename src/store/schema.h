// The schema as data: what schema/*.json says, read once. Everything a store needs to make its
// tables, validators and indexes is derived from here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/value.h"

namespace wattback::store {

// A collection, by its name in the schema. The name must outlive it: collections are constants.
struct Collection {
  std::string_view name;

  auto operator<=>(const Collection&) const = default;
};

enum class FieldType : std::uint8_t {
  boolean,
  int64,
  real,
  string,
  uuid,
  time,  // an Instant
  day,   // a Day
  bytes,
  integers,  // Integers, with the keys the schema names
};

struct FieldSchema {
  std::string name;
  FieldType type = FieldType::string;
  bool required = true;
  std::string description;
  std::optional<std::int64_t> min;    // int64, and real
  std::optional<std::int64_t> max;    // int64, and real
  std::size_t length_max = 0;         // string and bytes, in bytes
  std::optional<std::size_t> length;  // bytes of one fixed length
  std::vector<std::string> words;     // the only strings allowed, when there are any
  std::vector<std::string> keys;      // integers: the only keys allowed
  std::string references;             // the collection whose primary key this holds, or empty
  bool sealed = false;                // personal: to be encrypted where the operator sets keys
  // The schema version that added it, and the one that made it required; 0: the collection's own.
  // What is stored may lack a field that became required later, until a migration has filled it in.
  std::int64_t since = 0;
  std::int64_t required_since = 0;

  bool may_be_absent() const { return !required || required_since > 0; }  // in what is stored
  bool operator==(const FieldSchema&) const = default;
};

struct IndexSchema {
  std::string name;
  std::vector<std::size_t> fields;  // as declared: positions of fields
  std::vector<std::size_t>
      order;  // the same, then what of the primary key is missing: a total order
  bool unique = false;
  int spread = 1;          // buckets for stores that need an equality prefix; others ignore it
  std::int64_t since = 0;  // the schema version that added it; 0: the collection's own

  bool operator==(const IndexSchema&) const = default;
};

inline constexpr std::string_view primary_index = "primary";

struct CollectionSchema {
  std::string name;
  std::string description;
  std::vector<FieldSchema> fields;
  IndexSchema primary;  // named `primary`
  std::vector<IndexSchema> indexes;
  std::optional<std::size_t> shard_by;
  std::optional<std::size_t> version;  // the optimistic lock; without it documents never change
  std::int64_t since = 1;              // the schema version that added it

  std::size_t position(std::string_view field) const;     // must exist
  const IndexSchema& index(std::string_view name) const;  // must exist; "primary" too
};

struct Schema {
  std::int64_t version = 0;
  std::vector<CollectionSchema> collections;  // what is referenced comes before what refers

  const CollectionSchema& collection(Collection collection) const;  // must exist
};

// Reads one collection from its JSON text. Throws std::invalid_argument naming what is wrong.
CollectionSchema parse_collection(std::string_view json);

// The schema as it was at an earlier version: without what came later.
Schema as_of(const Schema& schema, std::int64_t version);

// The same, with what became required after `version` still optional: what a store is held to while
// a migration brings it there from that version.
Schema expanded_from(Schema schema, std::int64_t version);

// The product's schema, from the files embedded in the binary.
const Schema& product_schema();

}  // namespace wattback::store

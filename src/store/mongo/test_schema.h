// What the tests of this folder share: small collections with every type and every kind of key.
#pragma once

#include "store/schema.h"

namespace wattback::store::mongo {

// One field for its key, one of every type, indexes of each kind.
inline const CollectionSchema& things() {
  static const auto collection = parse_collection(R"({
    "name": "things", "description": "One of each.", "primary_key": ["thing_id"],
    "shard_by": "owner",
    "fields": [
      {"name": "thing_id", "type": "uuid"},
      {"name": "owner", "type": "uuid", "description": "Whose it is."},
      {"name": "flag", "type": "boolean"},
      {"name": "count", "type": "int64", "min": 0, "max": 9},
      {"name": "weight", "type": "real", "min": 0},
      {"name": "word", "type": "string", "enum": ["yes", "no"]},
      {"name": "label", "type": "string", "length_max": 20, "optional": true},
      {"name": "at", "type": "time"},
      {"name": "day", "type": "day"},
      {"name": "digest", "type": "bytes", "length": 2},
      {"name": "blob", "type": "bytes", "length_max": 30, "optional": true},
      {"name": "rates", "type": "integers", "keys": ["Renewable", "Other"]},
      {"name": "version", "type": "int64", "min": 1}
    ],
    "indexes": [
      {"name": "owner", "fields": ["owner", "at"]},
      {"name": "label", "fields": ["label"], "unique": true},
      {"name": "digest", "fields": ["digest"], "unique": true},
      {"name": "blob", "fields": ["blob"]}
    ]
  })");
  return collection;
}

// A key of two fields.
inline const CollectionSchema& steps() {
  static const auto collection = parse_collection(R"({
    "name": "steps", "description": "Of a walk.", "primary_key": ["walker", "seq"],
    "shard_by": "walker",
    "fields": [
      {"name": "walker", "type": "string", "length_max": 9},
      {"name": "seq", "type": "int64", "min": 1},
      {"name": "place", "type": "string", "length_max": 9}
    ],
    "indexes": [{"name": "place", "fields": ["place"]}]
  })");
  return collection;
}

}  // namespace wattback::store::mongo

#include "operations/migration.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace wattback::operations {
namespace {

void add_index(Sha256& hash, const store::CollectionSchema& collection,
               const store::IndexSchema& index) {
  hash.add_part(index.name);
  hash.add_integer(index.unique ? 1 : 0);
  hash.add_integer(static_cast<std::int64_t>(index.fields.size()));
  for (const auto position : index.fields) {
    hash.add_part(collection.fields[position].name);
  }
}

// What never changes of a version once it is released. Ranges, words and lengths may widen later.
void add_shape(Sha256& hash, const store::Schema& schema) {
  for (const auto& collection : schema.collections) {
    hash.add_part(collection.name);
    hash.add_integer(static_cast<std::int64_t>(collection.fields.size()));
    for (const auto& field : collection.fields) {
      hash.add_part(field.name);
      hash.add_integer(static_cast<std::int64_t>(field.type));
      hash.add_integer(field.required ? 1 : 0);
    }
    add_index(hash, collection, collection.primary);
    for (const auto& index : collection.indexes) {
      add_index(hash, collection, index);
    }
  }
}

}  // namespace

Migrations::Migrations(store::Schema schema, std::vector<Migration> list)
    : schema_(std::move(schema)), list_(std::move(list)) {
  check(static_cast<std::int64_t>(list_.size()) == schema_.version);
  for (std::size_t i = 0; i < list_.size(); ++i) {
    check(list_[i].number == static_cast<std::int64_t>(i) + 1);
    for (const auto& pass : list_[i].up) {
      check(schema_at(list_[i].number).collection(pass.collection).version.has_value());
    }
  }
}

Digest Migrations::checksum(const Migration& migration) const {
  Sha256 hash;
  hash.add_integer(migration.number);
  hash.add_part(migration.name);
  for (const auto& pass : migration.up) {
    hash.add_part(pass.name);
    hash.add_part(pass.collection.name);
  }
  add_shape(hash, schema_at(migration.number));
  return hash.finish();
}

std::vector<std::string> Migrations::additions(std::int64_t number) const {
  std::vector<std::string> lines;
  for (const auto& collection : schema_.collections) {
    if (collection.since == number) {
      lines.push_back(collection.name);
    }
    for (const auto& field : collection.fields) {
      const bool becomes_required = field.required && field.required_since == number;
      if (field.since == number) {
        lines.push_back(fmt::format("{}.{}{}", collection.name, field.name,
                                    becomes_required ? ", then required" : ""));
      } else if (becomes_required) {
        lines.push_back(fmt::format("{}.{} is then required", collection.name, field.name));
      }
    }
    for (const auto& index : collection.indexes) {
      if (index.since == number) {
        lines.push_back(fmt::format("the index {} of {}", index.name, collection.name));
      }
    }
  }
  return lines;
}

}  // namespace wattback::operations

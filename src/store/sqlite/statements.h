// The SQL of the store, made from the schema: what makes its tables, and what reads and writes
// them. Texts only; nothing here runs them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/schema.h"

namespace wattback::store::sqlite {

// Its definition, up to and including the comma after it, as it stands in the table's text.
std::string column_definition(const Schema& schema, const FieldSchema& field);
std::string create_table(const Schema& schema, const CollectionSchema& collection);

std::string index_name(const CollectionSchema& collection, const IndexSchema& index);
std::string create_index(const CollectionSchema& collection, const IndexSchema& index);

// The same rows for people: uuids, bytes, times and days as text.
std::string view_name(const CollectionSchema& collection);
std::string create_view(const CollectionSchema& collection);

std::string quote(std::string_view name);

std::string select_all(const CollectionSchema& collection);  // without conditions

// By the index's fields, in their order.
std::string select_by(const CollectionSchema& collection, const IndexSchema& index);

// Whether a document's field holds this value.
std::string select_referring(const CollectionSchema& collection, const FieldSchema& field);

std::string insert_into(const CollectionSchema& collection);  // all fields, in their order

// Sets some fields; then the primary key, then the version it must have. Without a version there
// is nothing to update by.
class Update {
 public:
  explicit Update(const CollectionSchema& collection);

  std::string at(const std::vector<std::size_t>& positions) const;  // of the fields, not none

 private:
  std::string head_;
  std::vector<std::string> assignments_;  // of each field
  std::string tail_;
};

// By the primary key, then by the version where the collection has one.
std::string delete_from(const CollectionSchema& collection);

}  // namespace wattback::store::sqlite

#include "store/sqlite/tables.h"

#include <algorithm>

#include "base/check.h"

namespace wattback::store::sqlite {

Table::Table(const CollectionSchema& schema)
    : collection(schema), insert(insert_into(schema)), update(schema), remove(delete_from(schema)) {
  select.emplace(primary_index, select_by(schema, schema.primary));
  for (const auto& index : schema.indexes) {
    if (index.unique) {
      select.emplace(index.name, select_by(schema, index));
    }
  }
}

Tables::Tables(const Schema& schema) : schema_(schema) {
  for (const auto& collection : schema_.collections) {
    tables_.emplace_back(collection);
  }
}

const Table& Tables::at(Collection collection) const { return tables_[position(collection)]; }

std::size_t Tables::position(Collection collection) const {
  const auto found = std::ranges::find_if(
      tables_, [&](const Table& table) { return table.collection.name == collection.name; });
  check(found != tables_.end());
  return static_cast<std::size_t>(found - tables_.begin());
}

}  // namespace wattback::store::sqlite

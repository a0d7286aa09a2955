// Reading documents over one connection.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/document.h"
#include "store/query.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/tables.h"
#include "store/store.h"

namespace wattback::store::sqlite {

// As the members of Store and Snapshot of these names. What is found is of one moment only inside
// a transaction.
std::vector<std::optional<Document>> get(Connection& connection, const Table& table,
                                         std::span<const Key> keys);
void scan(Connection& connection, const CollectionSchema& collection, const Query& query,
          const Snapshot::Sink& sink);
Page find(Connection& connection, const CollectionSchema& collection, const Query& query);

}  // namespace wattback::store::sqlite

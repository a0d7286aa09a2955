// Our own database on a server: knowing it, and making there what the schema asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/mongo/connection.h"
#include "store/mongo/layout.h"

namespace wattback::store::mongo {

// The collection that tells a store of ours: one document, with the schema's version.
inline constexpr std::string_view store_collection = "store_schema";

// That the store was made by; nothing where there is no store.
std::optional<std::int64_t> read_version(const Connection& connection, Moment moment);

// As Store::apply_schema. Others may do the same at the same time. A validator or an index that was
// changed by hand is put back. Throws StoreUnusable also where collections of the names of ours
// stand in a database that is no store, and StoreUnavailable where transactions stand in the way.
void make_collections(const Connection& connection, const Layouts& layouts, std::int64_t version);

}  // namespace wattback::store::mongo

// Knowing the server and our own database on it, and making there what the schema asks for.
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

enum class Deployment : std::uint8_t { replica_set, sharded_cluster };

// Throws StoreUnusable for a server that is neither, or too old.
Deployment check_server(const Connection& connection);

// That the store was made by; nothing where there is no store.
std::optional<std::int64_t> read_version(const Connection& connection);

// As Store::find_schema_faults.
std::vector<std::string> find_faults(const Connection& connection, const Layouts& layouts,
                                     std::int64_t version);

// As Store::apply_schema. Others may do the same at the same time. Throws StoreUnusable also where
// collections of the names of ours stand in a database that is no store.
void make_collections(const Connection& connection, const Layouts& layouts, std::int64_t version);

}  // namespace wattback::store::mongo

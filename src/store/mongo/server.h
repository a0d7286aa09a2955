// Knowing the server, and what its user may do there.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "store/mongo/connection.h"
#include "store/mongo/layout.h"

namespace wattback::store::mongo {

enum class Deployment : std::uint8_t { replica_set, sharded_cluster };

// Throws StoreUnusable for a server that is neither, or too old, or is not the one the address says
// it is; StoreUnavailable where nobody answers.
Deployment check_server(Clients& clients);

// Throws StoreUnusable where the user may not write the collections.
void check_may_write(const Connection& connection, const Layouts& layouts);

// Throws StoreUnusable where the user may not change the validators of these.
void check_may_declare(const Connection& connection, std::span<const std::string> collections);

}  // namespace wattback::store::mongo

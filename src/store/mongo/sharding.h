// Spreading collections over the shards of a cluster, by the hash of the field that the schema
// shards them by. What is asked of the cluster's router, mongos, and never of a replica set.
#pragma once

#include <string>
#include <vector>

#include "store/mongo/connection.h"
#include "store/mongo/layout.h"

namespace wattback::store::mongo {

// {"user_id": "hashed"}; of a collection that has a shard_by.
Bson shard_key_of(const Layout& layout);

// As Store::find_sharding_faults.
std::vector<std::string> find_sharding_faults(const Connection& connection, const Layouts& layouts);

// As Store::shard. A collection that others have sharded so meanwhile is as good.
std::vector<std::string> shard_collections(const Connection& connection, const Layouts& layouts);

}  // namespace wattback::store::mongo

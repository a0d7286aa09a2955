// The store on MongoDB, 5.0 or later: a replica set or a sharded cluster, which other processes may
// use beside this one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/store.h"

namespace wattback::store {

// What an opening is for: whoever only looks needs no privilege to write.
enum class Intent : std::uint8_t { look_or_write, write };

struct MongoOptions {
  std::string address;                       // a connection string, mongodb:// or mongodb+srv://
  IfMissing if_missing = IfMissing::refuse;  // refuse: StoreMissing when there is no store
  Intent intent = Intent::look_or_write;     // write: apply_schema throws where the user may not
  // How long a commit is repeated, as a commit, while its fate is unknown.
  Milliseconds commit_repeats_max{15'000};
};

// What is wrong with the address itself, whatever is there.
class AddressRefused : public StoreUnusable {
 public:
  using StoreUnusable::StoreUnusable;
};

// Throws StoreMissing; AddressRefused for an address that is none; StoreUnusable for a server that
// can't serve or a database that is no store of ours; StoreUnavailable where nobody answers. The
// store has no collections until apply_schema; on an existing store that also checks its version.
std::unique_ptr<Store> make_mongo_store(const MongoOptions& options);

// MongoDB's driver counts in a piece of shared memory named by the process's id, from when the
// program is loaded, and a killed process would leave it. At the start of main: takes its name
// away.
void forget_driver_counters();

}  // namespace wattback::store

// Where the simulated servers keep their documents.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace wattback::simulation {

class Backend {
 public:
  virtual ~Backend() = default;

  // The store as this server sees it.
  virtual store::Store& store_of(std::size_t server) = 0;

  // The server's process has ended and begins again. What it had open is gone.
  virtual void restart(std::size_t server) = 0;
};

struct BackendFactory {
  std::string name;  // of letters and digits
  std::unique_ptr<Backend> (*make)() = nullptr;
};

// One store in memory, which outlives its servers.
std::unique_ptr<Backend> make_memory_backend();

// One SQLite file, which each server opens for itself and once more when it restarts.
std::unique_ptr<Backend> make_sqlite_backend();

// One database of MongoDB, to which each server has connections of its own.
std::unique_ptr<Backend> make_mongo_backend();

}  // namespace wattback::simulation

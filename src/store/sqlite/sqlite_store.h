// The embedded store: one SQLite file, which other processes may write beside this one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "store/store.h"

namespace wattback::store {

struct SqliteOptions {
  std::filesystem::path path;
  IfMissing if_missing = IfMissing::refuse;  // refuse: StoreMissing when there is no such file
  Milliseconds busy_max{10'000};             // how long a commit waits for another process
  // The page cache of the connection that writes, and of each that reads: the one survives its own
  // commits, the others are void after each.
  std::int64_t cache_kib = std::int64_t{52} * 1024;
  std::int64_t reader_cache_kib = std::int64_t{8} * 1024;
  int log_pages = 16'384;  // of the write-ahead log, from which on it is moved into the file
  // Told in one line what an operator should know and no call of the store says. From a thread of
  // the store's own.
  std::function<void(const std::string&)> tell;
};

// Throws StoreMissing, or StoreUnusable for a file that cannot be opened or is not a Wattback
// store. The store has no tables until apply_schema; on an existing store that also checks its
// version.
std::unique_ptr<Store> make_sqlite_store(const SqliteOptions& options);

}  // namespace wattback::store

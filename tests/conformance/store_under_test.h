// What the conformance suite needs to know of a store to hold it to the port: how to make one.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "store/store.h"

namespace wattback::store::conformance {

// One place where stores can be made. What it made is gone when it is destroyed.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  // A new store, empty and without a schema.
  virtual std::unique_ptr<Store> make() = 0;

  // The store last made, opened once more. It must be closed before, unless the store is shared.
  // Only asked of a store that is durable.
  virtual std::unique_ptr<Store> reopen() = 0;
};

struct StoreFactory {
  std::string name;  // of letters and digits: it ends each test's name
  std::unique_ptr<StoreUnderTest> (*make)() = nullptr;
};

void PrintTo(const StoreFactory& factory,  // NOLINT(readability-identifier-naming)
             std::ostream* out);

// The adapters, each in a file of its own.
std::unique_ptr<StoreUnderTest> make_memory_under_test();
std::unique_ptr<StoreUnderTest> make_sqlite_under_test();
std::unique_ptr<StoreUnderTest> make_cached_under_test();  // SQLite behind a memory of documents
std::unique_ptr<StoreUnderTest> make_mongo_under_test();

std::vector<StoreFactory> stores_under_test();

}  // namespace wattback::store::conformance

#include "conformance/store_under_test.h"

namespace wattback::store::conformance {

void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }

std::vector<StoreFactory> stores_under_test() {
  return {{.name = "memory", .make = make_memory_under_test},
          {.name = "sqlite", .make = make_sqlite_under_test},
          {.name = "cached", .make = make_cached_under_test},
          {.name = "mongo", .make = make_mongo_under_test}};
}

}  // namespace wattback::store::conformance

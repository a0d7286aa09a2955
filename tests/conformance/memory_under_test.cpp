#include "base/check.h"
#include "conformance/store_under_test.h"
#include "store/memory/memory_store.h"

namespace wattback::store::conformance {
namespace {

class MemoryUnderTest : public StoreUnderTest {
 public:
  std::unique_ptr<Store> make() override { return make_memory_store(); }

  std::unique_ptr<Store> reopen() override {
    check(false);  // not durable
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_memory_under_test() {
  return std::make_unique<MemoryUnderTest>();
}

}  // namespace wattback::store::conformance

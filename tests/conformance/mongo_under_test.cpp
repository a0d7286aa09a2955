#include <memory>

#include "conformance/store_under_test.h"
#include "mongo/test_database.h"
#include "store/mongo/mongo_store.h"

namespace wattback::store::conformance {
namespace {

class MongoUnderTest : public StoreUnderTest {
 public:
  std::unique_ptr<Store> make() override {
    databases_.push_back(std::make_unique<test::MongoDatabase>());
    return reopen();
  }

  std::unique_ptr<Store> reopen() override {
    return make_mongo_store({.address = address(), .if_missing = IfMissing::create});
  }

 private:
  const std::string& address() const { return databases_.back()->address(); }

  std::vector<std::unique_ptr<test::MongoDatabase>> databases_;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_mongo_under_test() {
  return std::make_unique<MongoUnderTest>();
}

}  // namespace wattback::store::conformance

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/check.h"
#include "conformance/store_under_test.h"
#include "store/layers/caching.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::store::conformance {
namespace {

// How what is opened is handed on.
using Layer = std::unique_ptr<Store> (*)(std::unique_ptr<Store>);

std::unique_ptr<Store> bare(std::unique_ptr<Store> store) { return store; }

constexpr std::size_t kibibytes_64 = std::size_t{64} << 10U;  // so small that it forgets at times

std::unique_ptr<Store> cached(std::unique_ptr<Store> store) {
  return make_caching_store(std::move(store), {.collections = {}, .bytes_max = kibibytes_64});
}

class SqliteUnderTest : public StoreUnderTest {
 public:
  explicit SqliteUnderTest(Layer layer) : layer_(layer) {
    std::string path = std::filesystem::temp_directory_path() / "wattback-conformance-XXXXXX";
    check(mkdtemp(path.data()) != nullptr);
    folder_ = path;
  }
  SqliteUnderTest(const SqliteUnderTest&) = delete;
  SqliteUnderTest& operator=(const SqliteUnderTest&) = delete;
  ~SqliteUnderTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<Store> make() override {
    path_ = folder_ / fmt::format("{}.db", ++made_);
    return reopen();
  }

  std::unique_ptr<Store> reopen() override {
    return layer_(make_sqlite_store({.path = path_, .if_missing = IfMissing::create}));
  }

 private:
  Layer layer_;
  std::filesystem::path folder_;
  std::filesystem::path path_;
  int made_ = 0;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_sqlite_under_test() {
  return std::make_unique<SqliteUnderTest>(bare);
}

std::unique_ptr<StoreUnderTest> make_cached_under_test() {
  return std::make_unique<SqliteUnderTest>(cached);
}

}  // namespace wattback::store::conformance

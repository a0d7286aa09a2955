#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/check.h"
#include "conformance/store_under_test.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::store::conformance {
namespace {

class SqliteUnderTest : public StoreUnderTest {
 public:
  SqliteUnderTest() {
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
    return make_sqlite_store({.path = path_, .if_missing = IfMissing::create});
  }

  std::unique_ptr<Store> reopen() override { return make_sqlite_store({.path = path_}); }

 private:
  std::filesystem::path folder_;
  std::filesystem::path path_;
  int made_ = 0;
};

}  // namespace

std::unique_ptr<StoreUnderTest> make_sqlite_under_test() {
  return std::make_unique<SqliteUnderTest>();
}

}  // namespace wattback::store::conformance

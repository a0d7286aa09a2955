#include "store/sqlite/log_writes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/sqlite/connection.h"
#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

class LogWrites : public testing::Test {
 protected:
  LogWrites() { ballast("x", 1); }

  Connection open() const {
    auto options = options_of(folder_ / "a.db");
    options.cache_kib = 64;
    return {options, Access::write, Moment::statement};
  }
  std::uintmax_t log_size() const { return std::filesystem::file_size(folder_ / "a.db-wal"); }

  // A page and more for each row.
  static std::string insert(std::string_view name, int rows) {
    return fmt::format(
        "WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {}) "
        "INSERT INTO ballast SELECT '{}', randomblob(5000) FROM row",
        rows, name);
  }
  void ballast(std::string_view name, int rows) { open().execute(insert(name, rows)); }
  static std::int64_t count(Connection& connection, std::string_view name) {
    return connection.integer(fmt::format("SELECT count(*) FROM ballast WHERE name = '{}'", name));
  }
  static void expect_whole(Connection& connection) {
    EXPECT_EQ(connection.text("PRAGMA integrity_check"), "ok");
  }

 private:
  TestDirectory folder_;
  std::unique_ptr<Store> store_ = [this] {
    auto store = open_store(options_of(folder_ / "a.db"));
    open().execute("CREATE TABLE ballast (name TEXT, bytes BLOB)");
    return store;
  }();
};

// Calls of the system that write, by this process.
std::int64_t count_writes() {
  std::ifstream file("/proc/self/io");
  std::string name;
  std::int64_t count = 0;
  while (file >> name >> count && name != "syscw:") {
  }
  return count;
}

TEST_F(LogWrites, AreFewForACommitOfManyPages) {
  auto connection = open();
  const auto before = count_writes();
  connection.execute(insert("many", 500));
  EXPECT_GT(log_size(), 500 * 4096);
  EXPECT_LT(count_writes() - before, 50);
  auto other = open();
  EXPECT_EQ(count(other, "many"), 500);
}

// Of a transaction that is larger than the cache, too.
TEST_F(LogWrites, WaitForTheCommit) {
  auto connection = open();
  const auto before = log_size();
  {
    const Transaction abandoned(connection, Transaction::Kind::write);
    connection.execute(insert("many", 500));
    EXPECT_EQ(count(connection, "many"), 500);
    EXPECT_EQ(log_size(), before);
  }
  EXPECT_EQ(count(connection, "many"), 0);
  ballast("others", 10);
  connection.execute(insert("many", 500));
  EXPECT_EQ(count(connection, "others"), 10);
  auto other = open();
  EXPECT_EQ(count(other, "many"), 500);
  expect_whole(other);
}

// What another process then writes in the same place stays.
TEST_F(LogWrites, OfACommitThatFailedAreForgotten) {
  auto connection = open();
  {
    const FileSizeLimit limit(log_size() + log_writes_bytes_max / 2);
    EXPECT_THROW(connection.execute(insert("failed", 500)), StoreUnavailable);
  }
  ballast("others", 100);
  EXPECT_EQ(count(connection, "failed"), 0);
  EXPECT_EQ(count(connection, "others"), 100);
  connection.execute(insert("later", 10));
  auto other = open();
  EXPECT_EQ(count(other, "failed"), 0);
  EXPECT_EQ(count(other, "others"), 100);
  EXPECT_EQ(count(other, "later"), 10);
  expect_whole(other);
}

}  // namespace
}  // namespace wattback::store::sqlite

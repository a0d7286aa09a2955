#include "store/sqlite/page_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

class PageCache : public testing::Test {
 protected:
  PageCache() { one.execute("CREATE TABLE ballast (number INTEGER PRIMARY KEY, bytes BLOB)"); }

  Connection open() { return {options_of(folder_ / "a.db"), Access::write, Moment::statement}; }

  // Rows of a page and more each. Those that come before others make SQLite balance its trees.
  static void insert(Connection& connection, int first, int last) {
    connection.execute(
        fmt::format("WITH RECURSIVE row(n) AS (SELECT {} UNION ALL SELECT n + 1 FROM row WHERE n < "
                    "{}) INSERT INTO ballast SELECT n * 7919 % 100003, randomblob(5000) FROM row",
                    first, last));
  }
  static std::int64_t count(Connection& connection) {
    return connection.integer("SELECT count(*) FROM ballast");
  }

 private:
  TestDirectory folder_;
  std::unique_ptr<Store> store_ = open_store(options_of(folder_ / "a.db"));

 protected:
  Connection one = open();
  Connection other = open();
};

TEST_F(PageCache, IsInUse) { EXPECT_TRUE(use_knowing_page_cache()); }

TEST_F(PageCache, HasNothingOfAFileThatAnotherCutAndMadeLongAgain) {
  insert(one, 1, 300);
  EXPECT_EQ(count(other), 300);
  other.execute("DELETE FROM ballast WHERE bytes IS NOT NULL");
  other.execute("VACUUM");
  EXPECT_EQ(count(one), 0);
  insert(other, 1, 200);
  EXPECT_EQ(count(one), 200);
  EXPECT_EQ(one.text("PRAGMA integrity_check"), "ok");
}

TEST_F(PageCache, HasNothingOfWhatWasRolledBackBeyondTheEnd) {
  insert(one, 1, 100);
  for (int time = 1; time <= 3; ++time) {
    {
      const Transaction abandoned(one, Transaction::Kind::write);
      insert(one, 1001, 1300);
    }
    insert(other, 2000 + 100 * time, 2000 + 100 * time + 49);
    insert(one, 5000 + 100 * time, 5000 + 100 * time + 49);
    EXPECT_EQ(count(one), 100 + 100 * time);
    EXPECT_EQ(count(other), 100 + 100 * time);
  }
  EXPECT_EQ(one.text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(other.text("PRAGMA integrity_check"), "ok");
}

TEST_F(PageCache, CutsItsOwnFile) {
  insert(one, 1, 300);
  one.execute("DELETE FROM ballast WHERE number % 3 > 0");
  const auto left = count(one);
  one.execute("VACUUM");
  insert(one, 1000, 1200);
  EXPECT_EQ(count(one), left + 201);
  EXPECT_EQ(count(other), left + 201);
  EXPECT_EQ(one.text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace wattback::store::sqlite

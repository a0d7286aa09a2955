#include "store/sqlite/connection.h"

#include <gtest/gtest.h>

#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

class Log : public testing::Test {
 protected:
  Connection open(Access access) { return {options_of(folder / "a.db"), access, Moment::opening}; }

  TestDirectory folder;
  std::unique_ptr<Store> store = open_store(options_of(folder / "a.db"));
};

TEST_F(Log, EveryCommitChangesItsHeadAndNothingElseDoes) {
  auto observer = open(Access::read);
  auto writer = open(Access::write);
  observer.integer("PRAGMA data_version");
  auto before = observer.log_head();
  ASSERT_TRUE(before);
  for (int i = 0; i < 3; ++i) {
    observer.integer("SELECT count(*) FROM users");
    writer.integer("SELECT count(*) FROM users");
    {
      const Transaction abandoned(writer, Transaction::Kind::write);
      writer.execute("PRAGMA user_version = 77");
    }
    EXPECT_EQ(observer.log_head(), before);
    writer.execute("PRAGMA application_id = " + std::to_string(i));
    const auto after = observer.log_head();
    ASSERT_TRUE(after);
    EXPECT_NE(after, before);
    before = after;
  }
}

TEST(Transaction, IsOneAtATime) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a store has a thread of its own
  const TestDirectory folder;
  const auto store = open_store(options_of(folder / "a.db"));
  Connection writer(options_of(folder / "a.db"), Access::write, Moment::statement);
  {
    const Transaction abandoned(writer, Transaction::Kind::write);
    EXPECT_DEATH(Transaction(writer, Transaction::Kind::read), "");
  }
  EXPECT_FALSE(writer.in_transaction());
  EXPECT_FALSE(writer.is_left_open());
}

TEST_F(Log, ItsHeadChangesAlsoWhereTheLogBeginsAnew) {
  auto observer = open(Access::read);
  auto writer = open(Access::write);
  observer.integer("PRAGMA data_version");
  writer.execute("PRAGMA application_id = 1");
  const auto before = observer.log_head();
  writer.execute("PRAGMA wal_checkpoint(RESTART)");
  writer.execute("PRAGMA application_id = 2");
  EXPECT_NE(observer.log_head(), before);
}

}  // namespace
}  // namespace wattback::store::sqlite

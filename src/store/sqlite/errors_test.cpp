#include "store/sqlite/errors.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/store.h"

namespace wattback::store::sqlite {
namespace {

using enum Meaning;

struct Case {
  int code;
  Meaning opening;
  Meaning statement;
  Meaning commit;
};

class Errors : public testing::TestWithParam<Case> {};

TEST_P(Errors, MeanToThePort) {
  const auto& [code, opening, statement, commit] = GetParam();
  EXPECT_EQ(fault_of(code, Moment::opening).meaning, opening) << code;
  EXPECT_EQ(fault_of(code, Moment::statement).meaning, statement) << code;
  EXPECT_EQ(fault_of(code, Moment::commit).meaning, commit) << code;
  EXPECT_FALSE(fault_of(code, Moment::statement).text.empty());
}

INSTANTIATE_TEST_SUITE_P(
    sqlite, Errors,
    testing::Values(
        Case{SQLITE_CONSTRAINT_PRIMARYKEY, ours, taken, ours},
        Case{SQLITE_CONSTRAINT_UNIQUE, ours, taken, ours},
        Case{SQLITE_CONSTRAINT_FOREIGNKEY, unusable, unreferred, ours},
        Case{SQLITE_CONSTRAINT_CHECK, unusable, forbidden, ours},
        Case{SQLITE_CONSTRAINT_NOTNULL, unusable, forbidden, ours},
        Case{SQLITE_CONSTRAINT_DATATYPE, unusable, forbidden, ours},
        Case{SQLITE_TOOBIG, unusable, forbidden, unknown},
        // At COMMIT these two surely left nothing; the others may come after the commit mark.
        Case{SQLITE_BUSY, unavailable, unavailable, unavailable},
        Case{SQLITE_FULL, unavailable, unavailable, unavailable},
        Case{SQLITE_BUSY_SNAPSHOT, unavailable, unavailable, unavailable},
        Case{SQLITE_BUSY_RECOVERY, unavailable, unavailable, unavailable},
        Case{SQLITE_IOERR_WRITE, unavailable, unavailable, unknown},
        Case{SQLITE_IOERR_FSYNC, unavailable, unavailable, unknown},
        Case{SQLITE_IOERR_SHMMAP, unavailable, unavailable, unknown},
        Case{SQLITE_IOERR_SHORT_READ, unavailable, unavailable, unknown},
        Case{SQLITE_NOMEM, unavailable, unavailable, unknown},
        Case{SQLITE_PROTOCOL, unavailable, unavailable, unknown},
        Case{SQLITE_CANTOPEN, unusable, unavailable, unknown},
        Case{SQLITE_CANTOPEN_ISDIR, unusable, unavailable, unknown},
        Case{SQLITE_READONLY, unusable, unavailable, unknown},
        Case{SQLITE_READONLY_DIRECTORY, unusable, unavailable, unknown},
        Case{SQLITE_READONLY_DBMOVED, unusable, unavailable, unknown},
        Case{SQLITE_NOTADB, unusable, unusable, unknown},
        Case{SQLITE_CORRUPT, unusable, unusable, unknown},
        Case{SQLITE_CORRUPT_INDEX, unusable, unusable, unknown},
        Case{SQLITE_ERROR, unusable, unusable, unknown}, Case{SQLITE_MISUSE, ours, ours, ours},
        // What no row names.
        Case{SQLITE_EMPTY, unavailable, unavailable, unknown}));

TEST(Errors, AreThrownAsThePortsExceptions) {
  EXPECT_THROW(throw_fault(unavailable, "x"), StoreUnavailable);
  EXPECT_THROW(throw_fault(unusable, "x"), StoreUnusable);
  EXPECT_THROW(throw_fault(unknown, "x"), CommitUnknown);
  EXPECT_DEATH(throw_fault(ours, "x"), "condition does not hold");
}

}  // namespace
}  // namespace wattback::store::sqlite

#include "store/sqlite/errors.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "store/store.h"

namespace wattback::store::sqlite {
namespace {

struct Row {
  int code;  // an extended code, or a primary one for all its extended ones that have no row
  Meaning opening;
  Meaning statement;
  Meaning commit;
  std::string_view text;
};

using enum Meaning;

// At COMMIT in WAL mode the log gets the pages, the last with the commit mark, then fsync, then the
// index of the log in shared memory. SQLITE_BUSY leaves the transaction open, and SQLITE_FULL
// means the page with the mark was not written whole: both surely did not commit. Whatever else
// fails, an fsync, memory or the index, may come after the mark: this process takes the transaction
// for rolled back, yet the next recovery of the log may find it whole. So its fate is unknown.
constexpr std::array rows{
    Row{SQLITE_CONSTRAINT_PRIMARYKEY, ours, taken, ours, "a primary key is taken"},
    Row{SQLITE_CONSTRAINT_UNIQUE, ours, taken, ours, "a unique field is taken"},
    Row{SQLITE_CONSTRAINT_FOREIGNKEY, unusable, unreferred, ours, "a reference is broken"},
    Row{SQLITE_CONSTRAINT, unusable, forbidden, ours, "a constraint does not hold"},
    Row{SQLITE_TOOBIG, unusable, forbidden, unknown, "a value is too big"},
    Row{SQLITE_BUSY, unavailable, unavailable, unavailable, "is locked by another process"},
    Row{SQLITE_LOCKED, unavailable, unavailable, unavailable, "is locked"},
    Row{SQLITE_FULL, unavailable, unavailable, unavailable, "the disk is full"},
    Row{SQLITE_IOERR, unavailable, unavailable, unknown, "reading or writing failed"},
    Row{SQLITE_NOMEM, unavailable, unavailable, unknown, "memory is short"},
    Row{SQLITE_PROTOCOL, unavailable, unavailable, unknown, "is fought over by other processes"},
    Row{SQLITE_INTERRUPT, unavailable, unavailable, unknown, "was interrupted"},
    Row{SQLITE_ABORT, unavailable, unavailable, unknown, "was interrupted"},
    Row{SQLITE_SCHEMA, unavailable, unavailable, unknown, "its tables are being changed"},
    Row{SQLITE_CANTOPEN, unusable, unavailable, unknown, "can not be opened"},
    Row{SQLITE_READONLY, unusable, unavailable, unknown, "can not be written"},
    Row{SQLITE_PERM, unusable, unavailable, unknown, "access is denied"},
    Row{SQLITE_AUTH, unusable, unavailable, unknown, "access is denied"},
    Row{SQLITE_NOLFS, unusable, unavailable, unknown, "is too large for this file system"},
    Row{SQLITE_NOTADB, unusable, unusable, unknown, "is not a SQLite database"},
    Row{SQLITE_CORRUPT, unusable, unusable, unknown, "is damaged"},
    Row{SQLITE_ERROR, unusable, unusable, unknown, "its tables are not those of a store"},
    Row{SQLITE_MISUSE, ours, ours, ours, "the driver misused SQLite"},
    Row{SQLITE_RANGE, ours, ours, ours, "the driver misused SQLite"},
};

constexpr int primary_of(int code) { return code & 0xff; }

}  // namespace

Fault fault_of(int code, Moment moment) {
  const auto* row = std::ranges::find(rows, code, &Row::code);
  if (row == rows.end()) {
    row = std::ranges::find(rows, primary_of(code), &Row::code);
  }
  if (row == rows.end()) {
    return {.meaning = moment == Moment::commit ? unknown : unavailable, .text = "failed"};
  }
  switch (moment) {
    case Moment::opening:
      return {.meaning = row->opening, .text = row->text};
    case Moment::statement:
      return {.meaning = row->statement, .text = row->text};
    case Moment::commit:
      return {.meaning = row->commit, .text = row->text};
  }
  check(false);
  return {};
}

void throw_fault(Meaning meaning, const std::string& line) {
  switch (meaning) {
    case unavailable:
      throw StoreUnavailable(line);
    case unusable:
      throw StoreUnusable(line);
    case unknown:
      throw CommitUnknown(line);
    case taken:
    case unreferred:
    case forbidden:
    case ours:
      break;
  }
  check(false);
  throw StoreUnusable(line);
}

}  // namespace wattback::store::sqlite

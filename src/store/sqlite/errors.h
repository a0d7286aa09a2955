// What SQLite's result codes mean to the port: one table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wattback::store::sqlite {

// When a code was answered: the same one can mean another thing.
enum class Moment : std::uint8_t {
  opening,    // until the schema is applied: what fails now is at the wrong address
  statement,  // a read, or a change inside a transaction that can still be rolled back
  commit,     // COMMIT itself
};

enum class Meaning : std::uint8_t {
  taken,        // a primary key or a unique field: already_exists
  unreferred,   // a reference leads to no document, or one would: invalid
  forbidden,    // a constraint of the table: invalid
  unavailable,  // nothing has happened: StoreUnavailable
  unusable,     // no number of tries will help: StoreUnusable
  unknown,      // it may have happened: CommitUnknown
  ours,         // an error of this driver's: the program ends
};

struct Fault {
  Meaning meaning;
  std::string_view text;  // what the operator reads after the path: "is locked by another process"
};

// `code` is an extended result code other than SQLITE_OK, SQLITE_ROW and SQLITE_DONE.
Fault fault_of(int code, Moment moment);

// Throws what the meaning says; the meaning must be one that has an exception.
[[noreturn]] void throw_fault(Meaning meaning, const std::string& line);

}  // namespace wattback::store::sqlite

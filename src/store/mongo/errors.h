// What MongoDB's and libmongoc's errors mean to the port: one table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/mongo/handle.h"

namespace wattback::store::mongo {

// When an error was met: the same one can mean another thing.
enum class Moment : std::uint8_t {
  opening,    // until the schema is applied: what fails now is at the wrong address
  statement,  // a read, or a change inside a transaction that can still be aborted
  commit,     // commitTransaction itself
};

enum class Meaning : std::uint8_t {
  rivalled,     // another commit changes the same: conflict, or already_exists
  taken,        // a primary key or a unique field: already_exists
  forbidden,    // a validator, or a limit of MongoDB: invalid
  unavailable,  // nothing has happened: StoreUnavailable
  unusable,     // no number of tries will help: StoreUnusable
  unknown,      // it may have happened: CommitUnknown
};

// What failed, as libmongoc (its error API 2) and the server's labels tell it.
struct Failure {
  std::uint32_t domain = 0;
  std::int64_t code = 0;
  std::string message;
  bool is_transient = false;       // TransientTransactionError: the transaction did not happen
  bool is_commit_unknown = false;  // UnknownTransactionCommitResult

  static Failure of(const bson_error_t& error, const bson_t* reply = nullptr);
};

struct Fault {
  Meaning meaning;
  std::string text;  // what the operator reads after the address: "can't be reached"
};

Fault fault_of(const Failure& failure, Moment moment);

// Of looking up the hosts that a mongodb+srv:// address stands for.
Fault fault_of_lookup(const bson_error_t& error);

// Throws what the failure means; the meaning must be one that has an exception. The line names the
// address, without what is secret in it.
[[noreturn]] void throw_failure(const std::string& address, const Failure& failure, Moment moment);

}  // namespace wattback::store::mongo

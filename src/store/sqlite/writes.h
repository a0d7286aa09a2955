// Writing a change set over one connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/schema.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace wattback::store::sqlite {

// A collection with the statements that write it.
struct Table {
  explicit Table(const CollectionSchema& schema);

  const CollectionSchema& collection;
  std::string insert;
  std::string remove;
  std::vector<bool> indexed;  // of each field: whether an index or a reference follows its changes
  std::vector<bool> in_key;   // of each field: whether the primary key has it
};

// The tables of a schema, in its order: what is referenced comes before what refers.
class Tables {
 public:
  explicit Tables(const Schema& schema);
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const Table& at(Collection collection) const;  // must exist
  std::size_t position(Collection collection) const;
  const std::vector<Table>& all() const { return tables_; }

 private:
  Schema schema_;
  std::vector<Table> tables_;
};

// What can be said without the file: more than the limits allow, or what the schema forbids.
std::optional<Refusal> find_invalid(const Tables& tables, const ChangeSet& changes);

// Makes the changes inside the caller's transaction, which must be rolled back unless they are
// made. Two ways: `try_apply` writes one after the other and gives up at the first that is refused,
// without saying why. A refusal there may be due to their order alone, as when two documents
// exchange a unique value. `apply_or_refuse` first reads what it is to judge, and names all keys at
// fault.
bool try_apply(Connection& connection, const Tables& tables, const ChangeSet& changes);
std::optional<Refusal> apply_or_refuse(Connection& connection, const Tables& tables,
                                       const ChangeSet& changes);

}  // namespace wattback::store::sqlite

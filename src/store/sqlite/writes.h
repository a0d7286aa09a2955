// Writing a change set over one connection.
#pragma once

#include <optional>

#include "store/sqlite/connection.h"
#include "store/sqlite/tables.h"
#include "store/store.h"

namespace wattback::store::sqlite {

// Makes the changes inside the caller's transaction, which must be rolled back unless they are
// made. Two ways: `try_apply` writes one after the other and gives up at the first that is refused,
// without saying why. A refusal there may be due to their order alone, as when two documents
// exchange a unique value. `apply_or_refuse` first reads what it is to judge, and names all keys at
// fault.
bool try_apply(Connection& connection, const Tables& tables, const ChangeSet& changes);
std::optional<Refusal> apply_or_refuse(Connection& connection, const Tables& tables,
                                       const ChangeSet& changes);

}  // namespace wattback::store::sqlite

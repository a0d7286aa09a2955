// Writing a change set over one connection.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "store/mongo/connection.h"
#include "store/mongo/layout.h"
#include "store/store.h"

namespace wattback::store::mongo {

// How long to wait for other commits that stand in the way of ours. For several threads.
class RivalPatience {
 public:
  Milliseconds wait() const;
  void note_in_vain();

 private:
  std::atomic<std::chrono::steady_clock::time_point> short_until_;
};

// Commits a set that is not invalid, in one transaction of the session. Versions are read inside it
// and compared; what was read there and is then written is safe against others, by MongoDB's
// snapshots, so that the writes go by `_id` alone. While it is not known whether the transaction
// was committed, the commit alone is repeated, for at most `repeats_max`.
CommitResult commit(const Connection& connection, mongoc_client_session_t* session,
                    const Layouts& layouts, const ChangeSet& changes, Milliseconds repeats_max,
                    RivalPatience& rivals);

}  // namespace wattback::store::mongo

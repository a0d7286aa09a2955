#include "store/sqlite/readers.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "store/sqlite/limits.h"
#include "store/store.h"

namespace wattback::store::sqlite {

Readers::Loan::Loan(Readers& readers, std::unique_ptr<Connection> connection)
    : readers_(readers), connection_(std::move(connection)) {}

Readers::Loan::~Loan() {
  if (connection_) {
    readers_.take_back(std::move(connection_));
  }
}

Readers::~Readers() { check(lent_ == 0); }

Readers::Loan Readers::lend() {
  std::unique_lock lock(mutex_);
  if (!returned_.wait_for(lock, options_.busy_max, [&] { return lent_ < readers_max; })) {
    throw StoreUnavailable(fmt::format("{}: all {} reading connections are busy",
                                       options_.path.string(), readers_max));
  }
  std::unique_ptr<Connection> connection;
  if (idle_.empty()) {
    connection = std::make_unique<Connection>(options_, Access::read, Moment::statement);
  } else {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  ++lent_;
  return {*this, std::move(connection)};
}

void Readers::take_back(std::unique_ptr<Connection> connection) {
  {
    const std::scoped_lock lock(mutex_);
    --lent_;
    if (idle_.size() < idle_readers_max && !connection->is_left_open()) {
      idle_.push_back(std::move(connection));
    }
  }
  returned_.notify_one();
  // One too many, or one that is left at an old moment, closes here, outside the lock.
}

}  // namespace wattback::store::sqlite

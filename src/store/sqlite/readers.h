// The connections that read, lent out one at a time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::store::sqlite {

class Readers {
 public:
  // A connection on loan. The pool must outlive it.
  class Loan {
   public:
    Loan(Readers& readers, std::unique_ptr<Connection> connection);
    Loan(Loan&&) noexcept = default;
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    Loan& operator=(Loan&&) = delete;
    ~Loan();

    Connection& connection() const { return *connection_; }

   private:
    Readers& readers_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Readers(const SqliteOptions& options) : options_(options) {}
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers();

  // Throws StoreUnavailable when all are lent for longer than options.busy_max.
  Loan lend();

 private:
  void take_back(std::unique_ptr<Connection> connection);

  const SqliteOptions& options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t lent_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace wattback::store::sqlite

// Threads beside the I/O threads, for work that blocks: reads of a store, hashes, imports.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <utility>

#include "http/request.h"

namespace wattback::http {

class Pool {
 public:
  explicit Pool(std::size_t threads) : threads_(threads) {}

  // Runs a coroutine on the pool, where it is also resumed by what it waits for (http/await.h), and
  // resumes the caller on the caller's own thread.
  template <class T>
  Task<T> run(Task<T> work) {
    return boost::asio::co_spawn(threads_, std::move(work), boost::asio::use_awaitable);
  }

  // Runs a coroutine on the pool that nobody waits for. It must not throw.
  void start(Task<void> work) {
    boost::asio::co_spawn(threads_, std::move(work), boost::asio::detached);
  }

  // Returns once all it was given has ended. Whoever is resumed by it must still be there.
  void join() { threads_.join(); }

 private:
  boost::asio::thread_pool threads_;
};

}  // namespace wattback::http

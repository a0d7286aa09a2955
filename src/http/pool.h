// Threads beside the I/O threads, for work that blocks: reads of a store, hashes, imports.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include "http/request.h"

namespace wattback::http {

class Pool {
 public:
  // Throws std::system_error where the system has no thread left. boost::asio::thread_pool would
  // wait for those it has already, which wait for work.
  explicit Pool(std::size_t threads) {
    try {
      while (threads_.size() < threads) {
        threads_.emplace_back([this] { io_.run(); });
      }
    } catch (...) {
      io_.stop();
      throw;
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { io_.stop(); }

  // Runs a coroutine on the pool, where it is also resumed by what it waits for (http/await.h), and
  // resumes the caller on the caller's own thread.
  template <class T>
  Task<T> run(Task<T> work) {
    return boost::asio::co_spawn(io_, std::move(work), boost::asio::use_awaitable);
  }

  // Runs a coroutine on the pool that nobody waits for. It must not throw.
  void start(Task<void> work) {
    boost::asio::co_spawn(io_, std::move(work), boost::asio::detached);
  }

  // Returns once all it was given has ended. Whoever is resumed by it must still be there.
  void join() {
    work_.reset();
    threads_.clear();
  }

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::vector<std::jthread> threads_;  // the last, so that they end first
};

}  // namespace wattback::http

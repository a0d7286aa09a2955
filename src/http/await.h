// How a handler waits for work that another thread does: the committer's, or a pool's.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "http/request.h"

namespace wattback::http {

// Calls `start` with a callback, and resumes, on the handler's own I/O thread, with what the
// callback is given. It may be called from any thread, once, also before `start` has returned. It
// must not outlive the server (Server::stop).
template <class T>
Task<T> wait_for(std::move_only_function<void(std::move_only_function<void(T)>)> start) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      [](auto handler, auto begin) {
        auto work = boost::asio::make_work_guard(handler);
        begin([handler = std::move(handler), work = std::move(work)](T value) mutable {
          const auto executor = work.get_executor();
          boost::asio::post(executor,
                            [handler = std::move(handler), value = std::move(value)]() mutable {
                              std::move(handler)(std::move(value));
                            });
        });
      },
      boost::asio::use_awaitable, std::move(start));
}

}  // namespace wattback::http

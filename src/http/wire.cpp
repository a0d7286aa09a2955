#include "http/wire.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace wattback::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr unsigned turns_max = 16;  // before others on this thread have theirs

bool would_block(error_code code) {
  return code == asio::error::would_block || code == asio::error::try_again;
}

}  // namespace

void Pace::passed(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ >= bytes_each_) {
    bytes_ = 0;
    left_ = time_max_;
  }
}

Wire::Wire(Socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Task<Io> Wire::receive(Pace& pace, std::size_t bytes_max) {
  for (;;) {
    error_code code;
    std::size_t count = 0;
    auto& bytes = input_.back();
    const auto before = bytes.size();
    bytes.resize_and_overwrite(before + bytes_max, [&](char* data, std::size_t) {
      count = socket_.read_some(asio::buffer(data + before, bytes_max), code);
      return before + count;
    });
    if (!code) {
      if (++turns_ >= turns_max) {
        co_await let_others_run();
      }
      co_return Io::ok;
    }
    input_.release_memory();
    if (!would_block(code)) {
      co_return Io::closed;
    }
    if (const auto waited = co_await wait(Socket::wait_read, pace); waited != Io::ok) {
      co_return waited;
    }
  }
}

std::expected<std::size_t, Io> Wire::send_some(std::string_view first, std::string_view second) {
  const std::array buffers{asio::const_buffer(first.data(), first.size()),
                           asio::const_buffer(second.data(), second.size())};
  error_code code;
  const auto count = socket_.write_some(buffers, code);
  if (code && !would_block(code)) {
    return std::unexpected(Io::closed);
  }
  return count;
}

Task<Io> Wire::wait_to_send(Pace& pace) { return wait(Socket::wait_write, pace); }

Task<Io> Wire::send(std::string_view first, std::string_view second, Pace& pace) {
  while (!first.empty() || !second.empty()) {
    const auto sent = send_some(first, second);
    if (!sent) {
      co_return sent.error();
    }
    pace.passed(*sent);
    const auto of_first = std::min(*sent, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(*sent - of_first);
    if (*sent == 0) {
      if (const auto waited = co_await wait_to_send(pace); waited != Io::ok) {
        co_return waited;
      }
    }
  }
  co_return Io::ok;
}

void Wire::finish_sending() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Wire::interrupt() {
  is_interrupted_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Wire::close() {
  is_interrupted_ = true;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

Task<Io> Wire::wait(Socket::wait_type what, Pace& pace) {
  if (is_interrupted_) {
    co_return Io::closed;
  }
  turns_ = 0;
  is_due_ = false;
  const auto began = std::chrono::steady_clock::now();
  arm(began + pace.left());
  const auto [code] = co_await socket_.async_wait(what, as_result);
  due_ = SteadyTime::max();
  pace.waited(std::chrono::steady_clock::now() - began);
  if (is_interrupted_) {
    co_return Io::closed;
  }
  if (code == asio::error::operation_aborted && is_due_) {
    co_return Io::timed_out;
  }
  co_return code ? Io::closed : Io::ok;
}

Task<void> Wire::let_others_run() {
  turns_ = 0;
  const asio::any_io_executor executor = socket_.get_executor();
  co_await asio::post(executor, asio::use_awaitable);
}

// Setting a time later than the timer looks costs nothing: it looks, and sets itself again.
void Wire::arm(SteadyTime due) {
  due_ = due;
  if (due_ >= armed_) {
    return;
  }
  armed_ = due_;
  timer_.expires_at(armed_);
  timer_.async_wait([weak = weak_from_this()](error_code code) {
    if (const auto self = weak.lock(); self && !code) {
      self->on_timer();
    }
  });
}

void Wire::on_timer() {
  armed_ = SteadyTime::max();
  if (due_ == SteadyTime::max()) {
    return;
  }
  if (std::chrono::steady_clock::now() < due_) {
    arm(due_);
    return;
  }
  is_due_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace wattback::http

// The bytes of one connection: a socket that never blocks, and waits that end in time. All calls
// come on the socket's own executor, from one coroutine at a time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>

#include "http/byte_queue.h"
#include "http/request.h"

namespace wattback::http {

using SteadyTime = std::chrono::steady_clock::time_point;

enum class Io : std::uint8_t { ok, closed, timed_out };

// How long may be waited in all before bytes_each more have passed. Only waiting counts.
class Pace {
 public:
  Pace(std::chrono::milliseconds time_max, std::size_t bytes_each)
      : time_max_(time_max), bytes_each_(bytes_each), left_(time_max) {}

  void passed(std::size_t bytes);
  void waited(std::chrono::nanoseconds time) { left_ -= time; }
  std::chrono::nanoseconds left() const { return left_; }

 private:
  std::chrono::nanoseconds time_max_;
  std::size_t bytes_each_;
  std::chrono::nanoseconds left_;
  std::size_t bytes_ = 0;
};

class Wire : public std::enable_shared_from_this<Wire> {
 public:
  explicit Wire(boost::asio::ip::tcp::socket socket);

  boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  // What has been received and not consumed. While nothing is there, it takes no memory to wait.
  ByteQueue& input() { return input_; }

  // At least a byte and at most bytes_max more of input.
  Task<Io> receive(Pace& pace, std::size_t bytes_max);

  // All of both, one after the other, or until something is wrong.
  Task<Io> send(std::string_view first, std::string_view second, Pace& pace);

  // What can be sent without waiting, which may be nothing.
  std::expected<std::size_t, Io> send_some(std::string_view first, std::string_view second);
  Task<Io> wait_to_send(Pace& pace);

  void finish_sending();  // the client reads the end; what it sends still arrives
  void interrupt();       // every wait, now and later, ends with Io::closed
  void close();

 private:
  using Socket = boost::asio::ip::tcp::socket;

  Task<Io> wait(Socket::wait_type what, Pace& pace);
  Task<void> let_others_run();
  void arm(SteadyTime due);
  void on_timer();

  Socket socket_;
  boost::asio::steady_timer timer_;
  SteadyTime due_ = SteadyTime::max();    // when the wait under way ends
  SteadyTime armed_ = SteadyTime::max();  // when the timer next looks, at the latest due_
  bool is_due_ = false;
  bool is_interrupted_ = false;
  unsigned turns_ = 0;  // receives in a row that had not to wait
  ByteQueue input_;
};

}  // namespace wattback::http

// What Beast gives on this machine: one thread that reads requests and sends the same bytes each
// time, whatever was asked.
//   beast_limit ANSWER_FILE    prints its port, and serves 127.0.0.1 until it is ended
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket, const std::string& answer) {
  boost::beast::flat_buffer input;
  for (;;) {
    http::request<http::string_body> request;
    const auto [failed, read] = co_await http::async_read(socket, input, request, as_result);
    if (failed) {
      co_return;
    }
    const auto [cut, sent] = co_await asio::async_write(socket, asio::buffer(answer), as_result);
    if (cut) {
      co_return;
    }
  }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const std::string& answer) {
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), answer), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
  const std::string answer{std::istreambuf_iterator<char>(file), {}};
  if (answer.empty()) {
    std::fprintf(stderr, "usage: beast_limit ANSWER_FILE\n");
    return 2;
  }
  asio::io_context io(1);
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(io, accept(acceptor, answer), asio::detached);
  io.run();
}

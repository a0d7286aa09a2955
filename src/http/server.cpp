#include "http/server.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "http/connection.h"

namespace wattback::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto accept_pause = std::chrono::milliseconds(100);  // while no descriptor is free

class AsioServer final : public Server {
 public:
  explicit AsioServer(ServerOptions options)
      : service_(std::move(options)),
        io_(static_cast<int>(service_.options.threads)),
        work_(io_.get_executor()),
        acceptor_(asio::make_strand(io_)) {}

  ~AsioServer() override { stop(); }

  Result<void> listen();
  void run();

  std::uint16_t port() const override { return port_; }
  ServerMetrics metrics() const override;
  void stop() override;

 private:
  Task<void> accept();
  void admit(tcp::socket socket);

  Service service_;
  asio::io_context io_;  // after what its coroutines use
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::once_flag stopped_;
  std::vector<std::jthread> threads_;
};

Result<void> AsioServer::listen() {
  const auto& options = service_.options;
  error_code code;
  const auto address = asio::ip::make_address(options.address, code);
  if (code || !address.is_loopback()) {
    return fail(ErrorCode::invalid,
                fmt::format("can't listen on {}: only a loopback address such as 127.0.0.1 is "
                            "served, since TLS and a hardened edge are not built in yet; put a "
                            "proxy that speaks TLS before it",
                            options.address));
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), code);
  if (!code) {
    acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
  }
  if (!code) {
    acceptor_.bind(endpoint, code);
  }
  if (!code) {
    acceptor_.listen(asio::socket_base::max_listen_connections, code);
  }
  if (code == asio::error::address_in_use) {
    return fail(ErrorCode::unavailable, fmt::format("port {} of {} is in use by another program",
                                                    options.port, options.address));
  }
  if (code) {
    return fail(ErrorCode::unavailable, fmt::format("can't listen on port {} of {}: {}",
                                                    options.port, options.address, code.message()));
  }
  port_ = acceptor_.local_endpoint().port();
  return {};
}

void AsioServer::run() {
  asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
  for (unsigned i = 0; i < service_.options.threads; ++i) {
    threads_.emplace_back([this] { io_.run(); });
  }
}

Task<void> AsioServer::accept() {
  constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
  while (acceptor_.is_open()) {
    try {
      const asio::any_io_executor executor = asio::make_strand(io_);
      auto [code, socket] = co_await acceptor_.async_accept(executor, as_result);
      if (!code) {
        admit(std::move(socket));
        continue;
      }
    } catch (const std::bad_alloc&) {  // who asked is cut off
      ++service_.counters.connections_refused;
    }
    try {
      asio::steady_timer pause(acceptor_.get_executor(), accept_pause);
      co_await pause.async_wait(as_result);
    } catch (const std::bad_alloc&) {
      std::this_thread::yield();
    }
  }
}

void AsioServer::admit(tcp::socket socket) {
  error_code code;
  const auto remote = socket.remote_endpoint(code);
  if (code) {
    return;  // gone already
  }
  auto& counters = service_.counters;
  const auto connection =
      std::make_shared<Connection>(service_, std::move(socket), remote.address().to_string());
  const auto admission = service_.registry.admit(connection);
  if (!admission.is_admitted) {
    ++counters.connections_refused;
    connection->refuse_unread();
    return;
  }
  if (admission.evicted) {
    ++counters.connections_evicted;
    admission.evicted->evict();
  }
  ++counters.connections_accepted;
  ++counters.connections_open;
  try {
    connection->start();
  } catch (const std::bad_alloc&) {
    --counters.connections_open;
    service_.registry.leave(*connection);
    throw;
  }
}

ServerMetrics AsioServer::metrics() const {
  auto metrics = service_.counters.read();
  metrics.draining = service_.is_draining;
  return metrics;
}

void AsioServer::stop() {
  std::call_once(stopped_, [this] {
    service_.is_draining = true;
    error_code ignored;
    asio::post(acceptor_.get_executor(), [this] {
      error_code closing;
      acceptor_.close(closing);
    });
    for (const auto& connection : service_.registry.all()) {
      connection->drain();
    }
    service_.registry.wait_until_empty(service_.options.limits.drain_time_max);
    work_.reset();
    io_.stop();
    threads_.clear();  // joins
    acceptor_.close(ignored);
    for (const auto& connection : service_.registry.forget_all()) {
      connection->cut();
    }
  });
}

}  // namespace

Result<std::unique_ptr<Server>> start_server(ServerOptions options) {
  check(options.clock != nullptr);
  check(options.threads > 0);
  auto server = std::make_unique<AsioServer>(std::move(options));
  if (auto listening = server->listen(); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  server->run();
  return server;
}

}  // namespace wattback::http

// One client's connection: reads its requests one after the other, has each answered, and says so.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "http/counters.h"
#include "http/problem.h"
#include "http/registry.h"
#include "http/request_parser.h"
#include "http/server.h"
#include "http/wire.h"

namespace wattback::http {

// What all connections of a server share. It outlives them.
struct Service {
  explicit Service(ServerOptions given)
      : options(std::move(given)),
        router(options.routes),
        counters(options.routes),
        registry(options.limits.connections_max) {}

  const ServerOptions options;
  const Router router;
  Counters counters;
  Registry registry;
  std::atomic<bool> is_draining = false;
};

struct Exchange;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Service& service, boost::asio::ip::tcp::socket socket, std::string remote_address);

  void start();          // once it is admitted to the registry
  void refuse_unread();  // instead: 503, as far as it can be sent at once
  void evict();          // from any thread
  void drain();          // from any thread: ends it unless a request has begun
  void cut();            // only when no thread runs it

  // The registry's own, under its mutex.
  enum class Status : std::uint8_t { waiting, busy, evicted };
  Status status = Status::waiting;
  Registry::Place place;

 private:
  Task<void> run();
  enum class Next : std::uint8_t { request, linger, close };
  Task<Next> serve_one();
  enum class Head : std::uint8_t { complete, refused, none };
  Task<Head> read_head(Exchange& exchange);
  std::optional<Problem> prepare(Exchange& exchange) const;
  Task<std::optional<Problem>> read_whole_body(Exchange& exchange);
  Task<void> serve_whole(Exchange& exchange);
  Task<void> serve_streamed(Exchange& exchange);
  Task<void> refuse(Exchange& exchange, const Problem& problem);
  Task<void> respond(Exchange& exchange, Response response);
  void identify(Exchange& exchange) const;
  void record(const Exchange& exchange) const;
  Task<void> linger();

  Service& service_;
  const Limits& limits_;
  std::string remote_address_;
  std::shared_ptr<Wire> wire_;
  bool is_between_requests_ = false;  // not a byte of the next one has come
};

}  // namespace wattback::http

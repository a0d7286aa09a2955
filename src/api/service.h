// The programme over HTTP: the contract's operations on a store, behind a server.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "commit/committer.h"
#include "http/limits.h"
#include "http/metrics.h"
#include "http/server.h"
#include "security/password.h"
#include "store/layers/metering.h"
#include "store/store.h"

namespace wattback::api {

struct ServiceOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  // Threads of the connections, which also read a store of this process, and threads for reads that
  // take longer.
  unsigned io_threads = 1;
  std::size_t workers = 4;
  http::Limits limits;
  // For how long in all the import of a bulk waits for its answer to be read. Beyond, lines of the
  // answer are left out, and its last line says so.
  std::chrono::milliseconds bulk_reader_time_max = std::chrono::minutes(2);
  Clock clock;
  security::HashCost hash_cost;
  std::shared_ptr<const store::StoreMeters> store_meters;  // of the store, if it has any
  std::function<void(const http::AccessRecord&)> observer;
  // While it says something, all that asks the store is answered 503 with it, and the store is left
  // alone. Called from several threads.
  std::function<std::optional<std::string>()> not_ready;
  bool checks_answers = false;  // hold every answer to the contract; one that breaks it is a 500
};

class Service {
 public:
  virtual ~Service() = default;  // stops

  virtual std::uint16_t port() const = 0;

  // As http::Server::stop; then waits for what handlers began. The committer must be working.
  virtual void stop() = 0;
};

// Serves until stopped. Fails as http::start_server does.
Result<std::unique_ptr<Service>> start_service(store::Store& store, commit::Committer& committer,
                                               ServiceOptions options);

}  // namespace wattback::api

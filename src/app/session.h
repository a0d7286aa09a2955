// The wiring of one run: the store at the configured place and the committer that writes it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/configuration.h"
#include "base/time.h"
#include "cli/environment.h"
#include "store/layers/metering.h"
#include "store/mongo/mongo_store.h"

namespace wattback::app {

// What counts all that is asked of a store, and what hears of what no call of it says.
struct Watching {
  std::shared_ptr<store::StoreMeters> meters;
  std::function<void(const std::string&)> tell;
};

// The store as it stands, without its schema. Throws what opening a store throws; with
// Opening::create the data directory is made where it is missing.
std::unique_ptr<store::Store> open_store(const Configuration& configuration, cli::Opening opening,
                                         store::Intent intent, Watching watching = {});

// Readies it for everyday use, or throws StoreUnusable saying what to run first.
void prepare_store(store::Store& store, const Configuration& configuration, Instant now);

// The store with a committer; nobody may use the committer before the store is prepared.
std::unique_ptr<cli::Session> make_session(std::unique_ptr<store::Store> store);

// All three in one.
std::unique_ptr<cli::Session> open_session(const Configuration& configuration, cli::Opening opening,
                                           Instant now);

// The store as its operator named it, for messages.
std::string store_name(const Configuration& configuration);

}  // namespace wattback::app

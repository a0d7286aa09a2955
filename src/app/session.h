// The wiring of one run: the store at the configured place and the committer that writes it.
#pragma once

#include <memory>
#include <string>

#include "app/configuration.h"
#include "base/time.h"
#include "cli/environment.h"
#include "store/layers/metering.h"
#include "store/mongo/mongo_store.h"

namespace wattback::app {

// The store as it stands, without its schema. Throws what opening a store throws; with
// Opening::create the data directory is made where it is missing. With `meters` they count what is
// asked of the store.
std::unique_ptr<store::Store> open_store(const Configuration& configuration, cli::Opening opening,
                                         store::Intent intent,
                                         std::shared_ptr<store::StoreMeters> meters = nullptr);

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

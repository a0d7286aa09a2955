// The wiring of one run: the store at the configured place and the committer that writes it.
#pragma once

#include <memory>

#include "app/configuration.h"
#include "cli/environment.h"
#include "store/layers/metering.h"

namespace wattback::app {

// Throws what opening a store throws. With Opening::create the data directory is made where it is
// missing. With `meters` they count what is asked of the store.
std::unique_ptr<cli::Session> open_session(const Configuration& configuration, cli::Opening opening,
                                           std::shared_ptr<store::StoreMeters> meters = nullptr);

}  // namespace wattback::app

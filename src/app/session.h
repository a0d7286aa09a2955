// The wiring of one run: the store at the configured place and the committer that writes it.
#pragma once

#include <memory>

#include "app/configuration.h"
#include "cli/environment.h"

namespace wattback::app {

// Throws what opening a store throws. With Opening::create the data directory is made where it is
// missing.
std::unique_ptr<cli::Session> open_session(const Configuration& configuration,
                                           cli::Opening opening);

}  // namespace wattback::app

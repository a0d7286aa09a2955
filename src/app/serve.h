// The server's run: from a configuration to the signal that ends it.
#pragma once

#include "app/configuration.h"
#include "app/log.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/environment.h"

namespace wattback::app {

// Opens the store, serves it, and returns once SIGTERM or SIGINT came and what was in flight is
// answered. A store that is migrated first is served from the start, with 503. Throws what opening
// and migrating a store throw.
Result<void> serve(const Configuration& configuration, const Clock& clock, LogForm log_form,
                   const cli::Serving& serving);

}  // namespace wattback::app

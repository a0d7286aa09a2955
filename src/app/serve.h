// The server's run: from a configuration to the signal that ends it.
#pragma once

#include <functional>
#include <string>

#include "app/configuration.h"
#include "app/log.h"
#include "base/error.h"
#include "base/time.h"

namespace wattback::app {

// Opens the store, serves it, and returns once SIGTERM or SIGINT came and what was in flight is
// answered. Throws what opening a store throws.
Result<void> serve(const Configuration& configuration, const Clock& clock, LogForm log_form,
                   const std::function<void(const std::string& url)>& on_ready);

}  // namespace wattback::app

// Performs steps as their people do, by requests to the server over a socket. What no request does
// is done beside the server, on the same store.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "scenarios/runner/driver.h"
#include "store/store.h"

namespace wattback::scenarios {

// Over this store, which must be empty and outlive the driver.
std::unique_ptr<Driver> make_http_driver(store::Store& store);

struct Exception {
  std::string_view name;
  std::string_view reason;
};

// The verbs that no request performs, and the scenarios that say what is not so over HTTP.
std::span<const Exception> verbs_beside_http();
std::span<const Exception> scenarios_not_over_http();

// The verbs that requests perform.
std::vector<std::string_view> verbs_over_http();

}  // namespace wattback::scenarios

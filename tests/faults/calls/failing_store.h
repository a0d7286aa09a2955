// A store that can't be reached for one call: the Nth of all that are made of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "simulation/tally.h"
#include "store/layers/layer.h"

namespace wattback::calls {

// How often the store was called, and which call is to fail. Outlives the store.
struct CallCount {
  std::uint64_t made = 0;
  std::optional<std::uint64_t> failing;  // counted from 1
  std::optional<std::string> failed;     // what the call was, once it has
  simulation::Tally kinds;               // of those made

  // Throws StoreUnavailable where it is this one's turn.
  void meet(const std::string& what);
};

// Of a scan its beginning is a call, and each document that it gives.
std::unique_ptr<store::Store> make_failing_store(std::unique_ptr<store::Store> inner,
                                                 CallCount& calls);

}  // namespace wattback::calls

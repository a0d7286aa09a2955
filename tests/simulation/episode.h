// One run of the programme: clients, two servers on one store, bad days and restarts, until every
// client has its answer; then what the store holds, against the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulation/backend.h"
#include "simulation/tally.h"

namespace wattback::simulation {

struct EpisodeOptions {
  std::uint64_t seed = 0;
  std::size_t commands = 0;
  bool keep_answers = false;
};

struct EpisodeResult {
  std::optional<std::string> failure;
  std::vector<std::string> answers;    // where they are kept: each server's, in their order
  std::vector<std::string> documents;  // likewise: all there are in the end
};

EpisodeResult run_episode(Backend& backend, const EpisodeOptions& options, Tally& tally);

}  // namespace wattback::simulation

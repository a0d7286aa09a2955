// How much a run does, and from which seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace wattback::simulation {

// By how much a run is longer than in CI: WATTBACK_DOSE=night makes it a hundred times as long.
std::size_t dose();

// WATTBACK_SEED, where it is set.
std::optional<std::uint64_t> seed_to_replay();

// At once, since a condition that does not hold ends the program.
void tell_seed(std::string_view of, std::uint64_t seed);

// The seeds of this run: the same every time in CI, fresh ones by night, or the one to replay.
std::vector<std::uint64_t> draw_seeds(std::size_t count);

}  // namespace wattback::simulation

#include "simulation/run_seed.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

#include "base/check.h"

namespace wattback::simulation {

std::size_t dose() {
  const char* named = std::getenv("WATTBACK_DOSE");
  const std::string_view dose = named != nullptr ? named : "ci";
  check(dose == "ci" || dose == "night");
  return dose == "night" ? 100 : 1;
}

std::optional<std::uint64_t> seed_to_replay() {
  const char* seed = std::getenv("WATTBACK_SEED");
  return seed != nullptr ? std::optional(std::strtoull(seed, nullptr, 10)) : std::nullopt;
}

void tell_seed(std::string_view of, std::uint64_t seed) {
  fmt::print("{}: WATTBACK_SEED={}\n", of, seed);
  std::fflush(stdout);
}

std::vector<std::uint64_t> draw_seeds(std::size_t count) {
  if (const auto seed = seed_to_replay()) {
    return {*seed};
  }
  std::vector<std::uint64_t> seeds;
  seeds.reserve(count);
  std::random_device device;
  for (std::size_t i = 0; i < count; ++i) {
    seeds.push_back(dose() == 1 ? 1000 + i : device());
  }
  return seeds;
}

}  // namespace wattback::simulation

// Chance that a seed replays, on every machine the same.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "base/check.h"

namespace wattback::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t seed() { return engine_(); }

  std::int64_t below(std::int64_t bound) {
    check(bound > 0);
    return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(bound));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool percent(std::int64_t probability) { return below(100) < probability; }
  bool per_mille(std::int64_t probability) { return below(1000) < probability; }

  template <class T>
  const T& pick(const std::vector<T>& values) {
    return values.at(index_of(values.size()));
  }
  std::size_t index_of(std::size_t size) {
    return static_cast<std::size_t>(below(static_cast<std::int64_t>(size)));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace wattback::simulation

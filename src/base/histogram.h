// Counts of observations by size, in the cumulative form monitoring systems expect.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace wattback {

// `Bounds` upper bounds, ascending, and one bucket for what is above them all.
template <std::size_t Bounds>
struct Histogram {
  std::array<double, Bounds> bounds{};
  std::array<std::uint64_t, Bounds + 1> counts{};
  double sum = 0;

  void observe(double value) {
    const auto bucket = std::ranges::lower_bound(bounds, value) - bounds.begin();
    ++counts[static_cast<std::size_t>(bucket)];
    sum += value;
  }
  std::uint64_t count() const {
    std::uint64_t total = 0;
    for (const auto bucket : counts) {
      total += bucket;
    }
    return total;
  }
};

}  // namespace wattback

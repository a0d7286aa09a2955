// Points are money: whole, 64-bit, signed where they are a change. Exact awards are counted in
// nanopoints (10^-9 points): milliwatt-hours times thousandths of a point per kWh.
#pragma once

#include <compare>
#include <cstdint>

namespace wattback {

struct Points {
  std::int64_t count = 0;

  auto operator<=>(const Points&) const = default;
  Points operator-() const { return {-count}; }
  Points& operator+=(Points other) {
    count += other.count;
    return *this;
  }
  Points& operator-=(Points other) {
    count -= other.count;
    return *this;
  }
  friend Points operator+(Points a, Points b) { return a += b; }
  friend Points operator-(Points a, Points b) { return a -= b; }
};

struct Nanopoints {
  std::int64_t count = 0;

  auto operator<=>(const Nanopoints&) const = default;
  Nanopoints& operator+=(Nanopoints other) {
    count += other.count;
    return *this;
  }
  friend Nanopoints operator+(Nanopoints a, Nanopoints b) { return a += b; }
  friend Nanopoints operator-(Nanopoints a, Nanopoints b) { return {a.count - b.count}; }
};

inline constexpr std::int64_t nanopoints_per_point = 1'000'000'000;

// A balance, a price or an adjustment never exceeds this, so no sum of a member's can overflow.
inline constexpr Points points_max{1'000'000'000'000};

}  // namespace wattback

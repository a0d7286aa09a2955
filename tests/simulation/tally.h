// What a run saw, by name. It is printed at the end, and a run that never saw what it hunts fails.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>

namespace wattback::simulation {

class Tally {
 public:
  void count(const std::string& what, std::uint64_t times = 1) { counts_[what] += times; }

  void add(const Tally& other) {
    for (const auto& [what, times] : other.counts_) {
      counts_[what] += times;
    }
  }

  std::uint64_t seen(const std::string& what) const {
    const auto found = counts_.find(what);
    return found == counts_.end() ? 0 : found->second;
  }

  std::string to_text() const {
    std::string text;
    for (const auto& [what, times] : counts_) {
      text += fmt::format("  {:>9}  {}\n", times, what);
    }
    return text;
  }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace wattback::simulation

#include "fuzz/target.h"

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace wattback::fuzz {
namespace {

std::uint64_t round_trips = 0;

// As libFuzzer says its own figures with -print_final_stats=1.
void say_round_trips() { std::fprintf(stderr, "stat::round_trips: %" PRIu64 "\n", round_trips); }

}  // namespace

void require(bool holds, std::string_view what, std::string_view shown) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(shown.size()), shown.data());
    std::abort();
  }
}

void require_round_trip(bool holds, std::string_view what, std::string_view shown) {
  require(holds, what, shown);
  if (round_trips++ == 0) {
    std::atexit(say_round_trips);
  }
}

}  // namespace wattback::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wattback::fuzz::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include "fuzz/target.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace wattback::fuzz {

void require(bool holds, std::string_view what, std::string_view shown) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(shown.size()), shown.data());
    std::abort();
  }
}

}  // namespace wattback::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wattback::fuzz::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}

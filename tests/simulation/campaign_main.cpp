// The main of campaigns in C++: `--dose ci|night` and `--seed N`, as the others take them, beside
// GoogleTest's own options. WATTBACK_DOSE and WATTBACK_SEED say the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string_view name = words[i];
    if ((name != "--dose" && name != "--seed") || i + 1 == words.size()) {
      fmt::print(stderr, "usage: {} [--dose ci|night] [--seed N] [--gtest_...]\n", words[0]);
      return 2;
    }
    setenv(name == "--dose" ? "WATTBACK_DOSE" : "WATTBACK_SEED", words[i + 1], 1);
  }
  return RUN_ALL_TESTS();
}

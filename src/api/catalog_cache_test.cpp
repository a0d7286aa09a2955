#include "api/catalog_cache.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wattback::api {
namespace {

class Cache : public testing::Test {
 protected:
  // What is answered for a page whose content would now be `content`.
  std::string ask(const std::string& name, std::uint64_t revision, const std::string& content) {
    const auto page = cache.find_or_read(name, revision, [&]() -> Result<CatalogPage> {
      ++reads;
      return CatalogPage{.bytes = content};
    });
    return page ? (*page)->bytes : "";
  }

  CatalogCache cache;
  int reads = 0;
};

TEST_F(Cache, ReadsAPageOnce) {
  EXPECT_EQ(ask("a", 1, "first"), "first");
  EXPECT_EQ(ask("a", 1, "never asked for"), "first");
  EXPECT_EQ(ask("b", 1, "another"), "another");
  EXPECT_EQ(reads, 2);
}

TEST_F(Cache, DropsAllWhenTheRevisionMoves) {
  ask("a", 1, "old");
  ask("b", 1, "old");
  EXPECT_EQ(ask("a", 2, "new"), "new");
  EXPECT_EQ(ask("b", 2, "new"), "new");
}

TEST_F(Cache, KeepsNothingThatWasReadLate) {
  ask("a", 2, "new");
  EXPECT_EQ(ask("a", 1, "seen before"), "seen before");
  EXPECT_EQ(ask("a", 2, "never asked for"), "new");
}

TEST_F(Cache, KeepsNoRefusal) {
  const auto refused = cache.find_or_read("a", 1, []() -> Result<CatalogPage> {
    return fail(ErrorCode::invalid, "a cursor of another list");
  });
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_EQ(ask("a", 1, "a page"), "a page");
}

TEST_F(Cache, IsBounded) {
  const std::string large(std::size_t{1} << 20U, 'x');
  const auto pages = CatalogCache::bytes_max / large.size();
  for (std::size_t page = 0; page <= pages; ++page) {
    ask(fmt::format("{}", page), 1, large);
  }
  EXPECT_EQ(ask("0", 1, "read anew"), "read anew");
  EXPECT_EQ(ask(fmt::format("{}", pages), 1, "never asked for"), large);
}

TEST_F(Cache, IsBoundedInSmallPagesToo) {
  constexpr std::size_t pages = 1'000'000;
  for (std::size_t page = 0; page <= pages; ++page) {
    ask(fmt::format("{}", page), 1, "");
  }
  EXPECT_EQ(ask("0", 1, "read anew"), "read anew");
}

}  // namespace
}  // namespace wattback::api

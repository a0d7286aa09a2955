#include "importers/links.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace wattback::importers {
namespace {

TEST(Links, AreResolvedAgainstTheirBase) {
  struct Case {
    std::string_view link;
    std::string_view base;
    std::string_view key;
  };
  constexpr std::string_view absolute = "https://Data.Example.org/espi/1_1/resource/Batch/5";
  constexpr std::string_view rooted = "/espi/Batch/5";
  const std::vector<Case> cases{
      {"https://data.example.org/a/b", "", "//data.example.org/a/b"},
      {"HTTP://data.example.org/a/b/", "", "//data.example.org/a/b"},
      {"//data.example.org/a/b#x", "", "//data.example.org/a/b"},
      {"https://h:8443/a?max=1", "", "//h:8443/a?max=1"},
      {"https://h", "", "//h"},
      {"/a/b", absolute, "//data.example.org/a/b"},
      {"UsagePoint/1", absolute, "//data.example.org/espi/1_1/resource/Batch/UsagePoint/1"},
      {"../UsagePoint/1", absolute, "//data.example.org/espi/1_1/resource/UsagePoint/1"},
      {"./../../../../../a", absolute, "//data.example.org/a"},
      {"/a", rooted, "//fallback/a"},
      {"a", rooted, "//fallback/espi/Batch/a"},
      {"a/b", "", "//fallback/a/b"},
      {"/a//b/", "", "//fallback/a/b"},
      {"urn:uuid:ABC", absolute, "urn:uuid:ABC"},
  };
  for (const auto& [link, base, key] : cases) {
    EXPECT_EQ(link_key(link, base, "fallback"), key) << link << " from " << base;
  }
}

TEST(Links, HaveAnAuthorityWhereTheyAreAbsolute) {
  EXPECT_EQ(authority_of("https://Data.Example.org/a"), "data.example.org");
  EXPECT_EQ(authority_of("/a"), "");
  EXPECT_EQ(authority_of("a:b"), "");
}

TEST(Links, HaveParents) {
  EXPECT_EQ(parent_key("//h/a/b"), "//h/a");
  EXPECT_EQ(parent_key("//h/a"), "//h");
  EXPECT_EQ(parent_key("//h"), "");
  EXPECT_EQ(parent_key("urn:uuid:ABC"), "");
  EXPECT_EQ(parent_key(""), "");
}

}  // namespace
}  // namespace wattback::importers

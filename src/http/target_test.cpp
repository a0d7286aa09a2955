#include "http/target.h"

#include <gtest/gtest.h>

namespace wattback::http {
namespace {

constexpr std::size_t parameters_max = 4;

TEST(Target, TakesThePathAndTheQueryApart) {
  const auto target = parse_target("/users/a%20b?limit=5&x=?");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/users/a%20b");
  EXPECT_EQ(target->query, "limit=5&x=?");
  EXPECT_EQ(target->text, "/users/a%20b?limit=5&x=?");
}

TEST(Target, DropsSchemeAndAuthority) {
  EXPECT_EQ(parse_target("http://localhost:80/users?x")->path, "/users");
  EXPECT_EQ(parse_target("HTTPS://localhost/users")->text, "/users");
  EXPECT_EQ(parse_target("http://localhost")->path, "/");
}

TEST(Target, RefusesOtherForms) {
  for (const auto* text : {"*", "localhost:80", "users", "", "/a#b", "/\xC3\xA9", "ftp://x/y",
                           "/a\x7f", "http://x?y"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

TEST(Target, DecodesPercents) {
  EXPECT_EQ(percent_decode("a%2Fb%2fc"), "a/b/c");
  EXPECT_EQ(percent_decode("%C3%A9"), "\xC3\xA9");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode(""), "");
  for (const auto* text : {"%", "%4", "%G1", "%1G", "a%", "%00", "%0A", "%7f", "%FF", "%C3%28"}) {
    EXPECT_FALSE(percent_decode(text)) << text;
  }
}

TEST(Target, SplitsAPathBeforeDecodingIt) {
  EXPECT_EQ(*path_segments("/"), std::vector<std::string>({""}));
  EXPECT_EQ(*path_segments("/a/b%2Fc/"), std::vector<std::string>({"a", "b/c", ""}));
  EXPECT_FALSE(path_segments("/a/%"));
  EXPECT_FALSE(path_segments(""));
}

TEST(Query, IsDecodedAsAForm) {
  const auto query = parse_query("a=1&b=x+y%2B&c&=d&&", parameters_max);
  ASSERT_TRUE(query);
  EXPECT_EQ(*query->find("a"), "1");
  EXPECT_EQ(*query->find("b"), "x y+");
  EXPECT_EQ(*query->find("c"), "");
  EXPECT_EQ(*query->find(""), "d");
  EXPECT_EQ(query->find("e"), nullptr);
  EXPECT_TRUE(parse_query("", parameters_max)->empty());
}

TEST(Query, KeepsAnEqualsSignInAValue) {
  EXPECT_EQ(*parse_query("cursor=YQ==", parameters_max)->find("cursor"), "YQ==");
}

TEST(Query, RefusesANameGivenTwice) {
  const auto query = parse_query("a=1&%61=1", parameters_max);
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().fields.at(0).pointer, "a");
}

TEST(Query, RefusesBrokenEscapes) {
  EXPECT_FALSE(parse_query("a=%", parameters_max));
  EXPECT_FALSE(parse_query("%=a", parameters_max));
  EXPECT_FALSE(parse_query("a=%FF", parameters_max));
}

TEST(Query, HasAtMostSoManyParameters) {
  EXPECT_TRUE(parse_query("a&b&c&d", parameters_max));
  EXPECT_FALSE(parse_query("a&b&c&d&e", parameters_max));
}

}  // namespace
}  // namespace wattback::http

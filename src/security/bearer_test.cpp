#include "security/bearer.h"

#include <gtest/gtest.h>

#include <string>

namespace wattback::security {
namespace {

const Uuid id = make_uuid_v8({1, 2, 3});

TEST(Bearer, IsReadBackFromItsText) {
  for (const auto kind : {BearerKind::session, BearerKind::token}) {
    const auto made = make_bearer(kind, id);
    const auto read = parse_bearer(made.text);
    ASSERT_TRUE(read.has_value()) << made.text;
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->id, id);
    EXPECT_TRUE(same_digest(read->secret_digest, made.bearer.secret_digest));
  }
}

TEST(Bearer, HasASecretOfItsOwnEachTime) {
  const auto one = make_bearer(BearerKind::session, id);
  const auto two = make_bearer(BearerKind::session, id);
  EXPECT_NE(one.text, two.text);
  EXPECT_FALSE(same_digest(one.bearer.secret_digest, two.bearer.secret_digest));
}

TEST(Bearer, ShowsNothingOfWhatIsKept) {
  const auto made = make_bearer(BearerKind::token, id);
  EXPECT_EQ(made.text.find(to_hex(made.bearer.secret_digest)), std::string::npos);
}

TEST(Bearer, IsNothingElse) {
  const auto good = make_bearer(BearerKind::session, id).text;
  std::string bad = good;
  bad[0] = 'x';  // another kind
  EXPECT_EQ(parse_bearer(bad), std::nullopt);
  bad = good;
  bad[5] = 'g';  // no UUID
  EXPECT_EQ(parse_bearer(bad), std::nullopt);
  bad = good;
  bad.back() = 'A';  // one text a bearer
  EXPECT_EQ(parse_bearer(bad), std::nullopt);
  EXPECT_EQ(parse_bearer(good.substr(1)), std::nullopt);
  EXPECT_EQ(parse_bearer(good + "0"), std::nullopt);
  EXPECT_EQ(parse_bearer(""), std::nullopt);
}

}  // namespace
}  // namespace wattback::security

#include "users/user.h"

#include <gtest/gtest.h>

namespace wattback::users {
namespace {

TEST(ParseEmail, TakesWhatPeopleType) {
  for (const std::string email : {"ada@example.org", "a@b", "Ada.Lovelace+watts@Example.ORG",
                                  "zoë@exämple.org", "o'brien@example.org"}) {
    EXPECT_EQ(parse_email(email), email);
  }
}

TEST(ParseEmail, RefusesWhatIsNone) {
  for (const std::string email :
       {"", " ", "ada", "@example.org", "ada@", "@", "a@b@c", "ada lovelace@example.org",
        "ada@exam ple.org", " ada@example.org", "ada@example.org ", "ada@example.org\n",
        "a\tb@example.org", "ada\xff@example.org"}) {
    const auto parsed = parse_email(email);
    ASSERT_FALSE(parsed) << email;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_EQ(parsed.error().fields.at(0).pointer, "email");
  }
}

TEST(ParseEmail, HoldsItsLength) {
  const std::string host = "@example.org";
  EXPECT_TRUE(parse_email(std::string(email_max - host.size(), 'a') + host));
  EXPECT_FALSE(parse_email(std::string(email_max - host.size() + 1, 'a') + host));
}

TEST(EmailDigest, IsOfTheFoldedForm) {
  EXPECT_EQ(email_digest("Ada@Example.org"), email_digest("ADA@EXAMPLE.ORG"));
  EXPECT_EQ(email_digest("STRASSE@example.org"), email_digest("straße@example.org"));
  EXPECT_EQ(email_digest("Zo\u00eb@example.org"), email_digest("zoe\u0308@example.org"));
  EXPECT_NE(email_digest("ada@example.org"), email_digest("ada@example.com"));
}

TEST(ParseRole, TakesTheDocumentsWordsAlone) {
  EXPECT_EQ(parse_role("User"), Role::user);
  EXPECT_EQ(parse_role("Admin"), Role::admin);
  EXPECT_FALSE(parse_role("admin"));
  EXPECT_FALSE(parse_role(""));
}

}  // namespace
}  // namespace wattback::users

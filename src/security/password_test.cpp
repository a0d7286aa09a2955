#include "security/password.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace wattback::security {
namespace {

constexpr HashCost cheap{.operations = 1, .memory_bytes = 8192};  // the least libsodium takes

TEST(Password, VerifiesAgainstItsOwnHashAlone) {
  const auto hash = hash_password("correct horse", cheap);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct horsf", *hash));
  EXPECT_FALSE(verify_password("", *hash));
}

TEST(Password, IsHashedWithASaltOfItsOwn) {
  EXPECT_NE(hash_password("correct horse", cheap), hash_password("correct horse", cheap));
}

TEST(Password, KeepsAllItsBytes) {
  const std::string with_zero("correct\0horse", 13);
  const auto hash = hash_password(with_zero, cheap);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(verify_password(with_zero, *hash));
  EXPECT_FALSE(verify_password(std::string("correct\0mouse", 13), *hash));
}

TEST(Password, NeverMatchesWhatIsNoHash) {
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("correct horse", ""));
  EXPECT_FALSE(verify_password("correct horse", "correct horse"));
  const auto hash = *hash_password("correct horse", cheap);
  EXPECT_FALSE(verify_password("correct horse", hash + "A"));
  EXPECT_FALSE(
      verify_password("correct horse", "$argon2id$v=19$m=1,t=1" + hash.substr(hash.find(",p=1$"))));
  EXPECT_FALSE(verify_password("correct horse", hash + "$"));
  for (std::size_t size = 0; size < hash.size(); ++size) {
    EXPECT_FALSE(verify_password("correct horse", hash.substr(0, size))) << size;
  }
}

TEST(Password, VerifiesAHashOfAnotherCost) {
  const auto hash = hash_password("correct horse", {.operations = 3, .memory_bytes = 65536});
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=64,t=3,p=1$"));
  EXPECT_TRUE(verify_password("correct horse", *hash));
}

TEST(Password, CountsCharactersAndNotBytes) {
  const auto of = [](std::size_t letters) {
    std::string password;
    for (std::size_t i = 0; i < letters; ++i) {
      password += "\xE2\x82\xAC";  // of three bytes
    }
    return hash_password(password, cheap).has_value();
  };
  EXPECT_FALSE(of(password_min - 1));
  EXPECT_TRUE(of(password_min));
  EXPECT_TRUE(of(password_max));
  EXPECT_FALSE(of(password_max + 1));
}

TEST(Password, HoldsItsLength) {
  const auto code = [](std::size_t length) {
    const auto hash = hash_password(std::string(length, 'x'), cheap);
    return hash ? std::nullopt : std::optional(hash.error().code);
  };
  EXPECT_EQ(code(password_min - 1), ErrorCode::invalid);
  EXPECT_EQ(code(password_min), std::nullopt);
  EXPECT_EQ(code(password_max), std::nullopt);
  EXPECT_EQ(code(password_max + 1), ErrorCode::invalid);
}

TEST(Password, GeneratedOnesAreLongAndDiffer) {
  const auto password = generate_password();
  EXPECT_EQ(password.size(), 20U);
  EXPECT_TRUE(std::ranges::all_of(
      password, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }));
  EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos);
  EXPECT_NE(password, generate_password());
}

}  // namespace
}  // namespace wattback::security

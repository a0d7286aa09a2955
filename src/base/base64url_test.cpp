#include "base/base64url.h"

#include <gtest/gtest.h>

namespace wattback {
namespace {

TEST(Base64Url, WritesTheExamplesOfTheStandard) {
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
}

TEST(Base64Url, ReadsWhatItWrites) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(parse_base64url(to_base64url(bytes)), bytes);
    bytes += static_cast<char>(byte);
  }
}

TEST(Base64Url, RefusesEveryOtherForm) {
  for (const auto* text : {"Z", "Zg==", "Zg=", "+/8", "Zm 8", "Zh"}) {
    EXPECT_EQ(parse_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace wattback

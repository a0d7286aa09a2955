#include "base/sha256.h"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string>

namespace wattback {
namespace {

using namespace std::string_view_literals;

std::string hex_of(std::string_view bytes) { return to_hex(sha256(bytes)); }

// FIPS 180-4, the examples published by NIST.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, BytesInPiecesAreTheSameBytes) {
  const std::string text =
      "The quick brown fox jumps over the lazy dog, and over the next one too.";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.add_bytes(std::string_view(text).substr(0, cut));
    hash.add_bytes(std::string_view(text).substr(cut));
    EXPECT_EQ(hash.finish(), sha256(text));
  }
}

TEST(Sha256, APartIsPrecededByItsLength) {
  Sha256 parts;
  parts.add_part("ab"sv);
  parts.add_integer(-2);
  EXPECT_EQ(parts.finish(), sha256("\x02\0\0\0\0\0\0\0ab\xfe\xff\xff\xff\xff\xff\xff\xff"sv));
}

TEST(Sha256, NoTwoSequencesOfPartsAreOne) {
  const auto digest_of = [](std::initializer_list<std::string_view> parts) {
    Sha256 hash;
    for (const auto part : parts) {
      hash.add_part(part);
    }
    return hash.finish();
  };
  EXPECT_EQ(digest_of({"ab", "c"}), digest_of({"ab", "c"}));
  EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"}));
  EXPECT_NE(digest_of({"abc"}), digest_of({"abc", ""}));
  EXPECT_NE(digest_of({"", "abc"}), digest_of({"abc", ""}));
}

TEST(Sha256, TextAndBytesAreTheSamePart) {
  const std::array<std::uint8_t, 3> bytes{'x', 'y', 'z'};
  Sha256 of_bytes;
  of_bytes.add_part(bytes);
  Sha256 of_text;
  of_text.add_part("xyz"sv);
  EXPECT_EQ(of_bytes.finish(), of_text.finish());
}

TEST(Sha256, WritesHexInLowerCase) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x0F, 0xA0, 0xFF};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");
}

}  // namespace
}  // namespace wattback

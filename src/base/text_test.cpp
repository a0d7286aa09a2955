#include "base/text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace wattback {
namespace {

using namespace std::string_literals;

std::string utf8_of(std::uint32_t point) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](unsigned shift) { return byte(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    return {byte(point)};
  }
  if (point < 0x800) {
    return {byte(0xC0U | (point >> 6U)), tail(0)};
  }
  if (point < 0x10000) {
    return {byte(0xE0U | (point >> 12U)), tail(6), tail(0)};
  }
  return {byte(0xF0U | (point >> 18U)), tail(12), tail(6), tail(0)};
}

bool is_surrogate(std::uint32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

TEST(Utf8, EveryScalarValueIsAndNoSurrogate) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    ASSERT_EQ(is_utf8(utf8_of(point)), !is_surrogate(point)) << point;
  }
}

TEST(Utf8, RefusesWhatIsMalformed) {
  EXPECT_TRUE(is_utf8(""));
  for (const auto& text :
       {"\x80"s, "a\xC3"s, "\xC3("s, "\xC0\xAF"s, "\xE0\x80\xAF"s, "\xF0\x80\x80\xAF"s,
        "\xF4\x90\x80\x80"s, "\xFF"s, "\xED\xA0\x80"s, "caf\xE9"s}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Text, CountsItsCharacters) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\x9E"), 4U);
}

TEST(Text, EndsOfLinesAndTabsAreNoControlCharacters) {
  EXPECT_FALSE(has_control_characters("two\r\nlines\tand straße"));
  EXPECT_TRUE(has_control_characters("\x1B[31mred"));
  EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
  EXPECT_TRUE(has_control_characters("a\u2028b"));
}

TEST(Fold, WhatPeopleTakeForTheSameIsTheSame) {
  EXPECT_EQ(fold(""), "");
  EXPECT_EQ(fold("Ada.Lovelace+Solar@Example.COM"), "ada.lovelace+solar@example.com");
  EXPECT_EQ(fold("STRASSE"), fold("straße"));
  EXPECT_EQ(fold("STRASSE"), fold("STRAẞE"));
  EXPECT_EQ(fold("Ｋｅｔｔｌｅ　３"), "kettle 3") << "full-width";
  EXPECT_EQ(fold("ﬁne"), "fine") << "a ligature";
  EXPECT_EQ(fold("Zoë"), fold("Zoe\u0308")) << "composed and not";
  EXPECT_EQ(fold("ΟΔΟΣ"), fold("οδος")) << "final sigma";
  EXPECT_EQ(fold("οδος"), fold("οδοσ"));
  EXPECT_EQ(fold("㎒"), "mhz");
  EXPECT_EQ(fold("LED  \u00A0 Bulb"), "led bulb") << "blanks";
  EXPECT_EQ(fold("a\u00ADb\u200Bc\uFEFF"), "abc") << "what can't be seen";
}

// Case folding here is that of no language: the dotless and the dotted I stay apart.
TEST(Fold, TurkishLettersStayApart) {
  EXPECT_EQ(fold("I"), "i");
  EXPECT_EQ(fold("ı"), "ı");
  EXPECT_EQ(fold("İ"), "i\u0307");
  EXPECT_NE(fold("İ"), fold("I"));
  EXPECT_NE(fold("ı"), fold("i"));
}

TEST(Fold, FoldingAgainChangesNothing) {
  for (std::uint32_t point = 0; point <= 0x10FFFF; ++point) {
    if (!is_surrogate(point)) {
      const auto once = fold(utf8_of(point));
      ASSERT_EQ(fold(once), once) << "U+" << std::hex << point;
    }
  }
}

std::string refusal_of(std::string_view text) {
  const auto parsed = parse_text("name", text, 20);
  EXPECT_FALSE(parsed.has_value()) << text;
  if (parsed) {
    return "";
  }
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
  EXPECT_EQ(parsed.error().fields.front().pointer, "name");
  return parsed.error().detail;
}

TEST(ParseText, KeepsWhatAPersonWrote) {
  for (const auto* text : {"Ada", "Ada King", "Zoë", "渡辺", "O'Neill", "12345678901234567890"}) {
    EXPECT_EQ(parse_text("name", text, 20), text);
  }
}

TEST(ParseText, RefusesNamingTheField) {
  EXPECT_EQ(refusal_of(""), "name: must not be empty");
  EXPECT_EQ(refusal_of("123456789012345678901"), "name: must not be longer than 20 bytes");
  EXPECT_EQ(refusal_of("渡辺渡辺渡辺渡"), "name: must not be longer than 20 bytes");
  EXPECT_EQ(refusal_of("caf\xE9"), "name: is not UTF-8");
  for (const auto& text :
       {"a\nb"s, "a\tb"s, "a\0b"s, "a\x7F"s, "a\u0085"s, "a\u2028b"s, "a\u2029b"s}) {
    EXPECT_EQ(refusal_of(text), "name: must not hold control characters");
  }
  for (const auto* text : {" a", "a ", " ", "\u00A0a", "a\u3000", "\u2003"}) {
    EXPECT_EQ(refusal_of(text), "name: must not begin or end with a blank");
  }
  EXPECT_EQ(refusal_of("\u200B\u200D"), "name: must not be empty") << "nothing of it can be seen";
}

TEST(Excerpt, IsTextWhateverItIsGiven) {
  EXPECT_EQ(excerpt("2026-01-01", 40), "2026-01-01");
  EXPECT_EQ(excerpt("12345", 3), "123...");
  EXPECT_EQ(excerpt("añb", 2), "a...") << "never half a character";
  EXPECT_EQ(excerpt("a\nb\xFF\x1B[2J"s, 40), "a?b??[2J");
  EXPECT_EQ(excerpt("", 3), "");
  EXPECT_TRUE(is_utf8(excerpt("\xF0\x9F\x98"s, 2)));
}

}  // namespace
}  // namespace wattback

#include "forms/cursor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.h"
#include "base/uuid.h"

namespace wattback::forms {
namespace {

using store::FieldType;

constexpr std::string_view list = "users?limit=5";

const CursorShape shape{FieldType::string, FieldType::uuid, FieldType::int64,
                        FieldType::time,   FieldType::day,  FieldType::string};

store::Cursor cursor() {
  return {std::string("o'\u00df\"a"), parse_uuid("01234567-89ab-8def-8123-456789abcdef").value(),
          std::int64_t{-5},           Instant(Milliseconds(1'234)),
          make_day(2026, 11, 24),     store::Value{}};
}

// The bytes of a cursor, with one piece of them replaced by another.
std::string altered(std::string_view piece, std::string_view by) {
  auto bytes = parse_base64url(to_text(cursor(), shape, list)).value();
  const auto found = bytes.find(piece);
  EXPECT_NE(found, std::string::npos) << piece;
  bytes.replace(found, piece.size(), by);
  return to_base64url(bytes);
}

TEST(Cursor, IsReadAsItWasWritten) {
  const auto text = to_text(cursor(), shape, list);
  EXPECT_EQ(parse_cursor(text, shape, list), cursor());
}

TEST(Cursor, IsOfOneListAndShape) {
  const auto text = to_text(cursor(), shape, list);
  EXPECT_FALSE(parse_cursor(text, shape, "users?limit=6"));
  EXPECT_FALSE(parse_cursor(text, {FieldType::string}, list));
  for (const auto* other : {"", "A", "AAAAAAAA", "not base64!"}) {
    EXPECT_FALSE(parse_cursor(other, shape, list)) << other;
  }
}

TEST(Cursor, HasOneText) {
  ASSERT_EQ(parse_cursor(altered("-5", "-6"), shape, list)->at(2), store::Value{std::int64_t{-6}});
  EXPECT_FALSE(parse_cursor(altered("-5", " -5"), shape, list));
  EXPECT_FALSE(parse_cursor(altered("null]", "null]\n"), shape, list));
  EXPECT_FALSE(parse_cursor(altered("o'", "\\u006f'"), shape, list));
  EXPECT_FALSE(parse_cursor(altered("89ab", "89AB"), shape, list));
  EXPECT_FALSE(parse_cursor(to_text(cursor(), shape, list) + "=", shape, list));
}

}  // namespace
}  // namespace wattback::forms

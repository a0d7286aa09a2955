#include "store/value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace wattback::store {
namespace {

using namespace std::string_literals;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
const Uuid some_uuid{{0x01, 0x8F}};
const Instant some_instant = *parse_instant("2026-11-24T10:30:00.5Z");

TEST(Value, OfOneFieldOrdersAbsentFirstThenByValue) {
  const std::vector<std::vector<Value>> ascending{
      {Value{}, false, true},
      {Value{}, least, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, most},
      {Value{}, -1.5, 0.0, 1e-300, 0.5, 1e300},
      {Value{}, ""s, "\0"s, "A"s, "Z"s, "a"s, "aa"s, "b"s, "é"s, "\xFF"s},
      {Value{}, Uuid{}, Uuid{{0x01}}, Uuid{{0x7F}}, Uuid{{0x80}}, Uuid{{0xFF}}},
      {Value{}, Instant{Milliseconds{-1}}, Instant{}, some_instant},
      {Value{}, make_day(1969, 12, 31), make_day(1970, 1, 1), make_day(2026, 11, 24)},
      {Value{}, Bytes{}, Bytes{0x00}, Bytes{0x7F, 0xFF}, Bytes{0x80}, Bytes{0xFF}},
      {Value{}, Integers{}, Integers{{"a", 1}}, Integers{{"a", 2}}, Integers{{"b", 0}}},
  };
  for (const auto& values : ascending) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t j = 0; j < values.size(); ++j) {
        EXPECT_EQ(values[i] < values[j], i < j) << to_text(values[i]) << ", " << to_text(values[j]);
        EXPECT_EQ(values[i] == values[j], i == j);
      }
    }
  }
}

TEST(Value, EqualValuesHashAlike) {
  EXPECT_EQ(hash_value("kettle"s), hash_value("kettle"s));
  EXPECT_EQ(hash_value(0.0), hash_value(-0.0)) << "which are equal";
  EXPECT_EQ(hash_value(Integers{{"a", 1}, {"b", 2}}), hash_value(Integers{{"b", 2}, {"a", 1}}));
  const std::vector<Value> distinct{Value{},
                                    false,
                                    true,
                                    std::int64_t{0},
                                    std::int64_t{1},
                                    0.0,
                                    1.0,
                                    ""s,
                                    "a"s,
                                    Uuid{},
                                    some_uuid,
                                    Instant{},
                                    some_instant,
                                    make_day(1970, 1, 1),
                                    make_day(1970, 1, 2),
                                    Bytes{},
                                    Bytes{1},
                                    Integers{},
                                    Integers{{"a", 1}},
                                    Integers{{"a", 2}}};
  std::vector<std::size_t> hashes;
  hashes.reserve(distinct.size());
  for (const auto& value : distinct) {
    hashes.push_back(hash_value(value));
  }
  std::ranges::sort(hashes);
  EXPECT_EQ(std::ranges::adjacent_find(hashes), hashes.end()) << "two of these collide";
}

TEST(Value, KnowsItsSize) {
  EXPECT_EQ(bytes_of(std::int64_t{1}), 8U);
  EXPECT_EQ(bytes_of("né"s), 3U);
  EXPECT_EQ(bytes_of(Bytes(100)), 100U);
  EXPECT_EQ(bytes_of(some_uuid), 16U);
  EXPECT_EQ(bytes_of(Integers{{"read", 1}, {"accepted", 2}}), 4U + 8U + 8U + 8U);
}

TEST(Value, HasATextForMessages) {
  EXPECT_EQ(to_text(Value{}), "absent");
  EXPECT_EQ(to_text(Value{true}), "true");
  EXPECT_EQ(to_text(Value{false}), "false");
  EXPECT_EQ(to_text(Value{least}), "-9223372036854775808");
  EXPECT_EQ(to_text(Value{0.078}), "0.078");
  EXPECT_EQ(to_text(Value{"kettle"s}), "kettle");
  EXPECT_EQ(to_text(Value{some_uuid}), "018f0000-0000-0000-0000-000000000000");
  EXPECT_EQ(to_text(Value{some_instant}), "2026-11-24T10:30:00.500Z");
  EXPECT_EQ(to_text(Value{make_day(2026, 11, 24)}), "2026-11-24");
  EXPECT_EQ(to_text(Value{Bytes{0x0A, 0xFF}}), "0aff");
  EXPECT_EQ(to_text(Value{Integers{}}), "{}");
  EXPECT_EQ(to_text(Value{Integers{{"read", 2}, {"accepted", -1}}}), "{accepted: -1, read: 2}");
}

TEST(Value, IsAbsentOnlyWhenNothingIsThere) {
  EXPECT_TRUE(is_absent(Value{}));
  EXPECT_FALSE(is_absent(Value{""s}));
  EXPECT_FALSE(is_absent(Value{false}));
  EXPECT_FALSE(is_absent(Value{Bytes{}}));
}

}  // namespace
}  // namespace wattback::store

#include "store/document.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace wattback::store {
namespace {

using namespace std::string_literals;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

const CollectionSchema& things() {
  static const auto schema = parse_collection(R"({
    "name": "things", "description": "", "primary_key": ["owner", "number"], "shard_by": "owner",
    "fields": [
      {"name": "owner", "type": "uuid", "description": ""},
      {"name": "number", "type": "int64", "min": 1, "max": 9, "description": ""},
      {"name": "label", "type": "string", "length_max": 5, "description": ""},
      {"name": "colour", "type": "string", "enum": ["red", "green"], "optional": true, "description": ""},
      {"name": "energy", "type": "real", "min": 0, "max": 10, "description": ""},
      {"name": "change", "type": "real", "description": ""},
      {"name": "digest", "type": "bytes", "length": 2, "optional": true, "description": ""},
      {"name": "blob", "type": "bytes", "length_max": 3, "description": ""},
      {"name": "counts", "type": "integers", "keys": ["read", "kept"], "description": ""},
      {"name": "made", "type": "time", "description": ""},
      {"name": "day", "type": "day", "description": ""},
      {"name": "open", "type": "boolean", "description": ""},
      {"name": "total", "type": "int64", "description": ""},
      {"name": "version", "type": "int64", "min": 1, "description": ""}],
    "indexes": [
      {"name": "label", "fields": ["label"]},
      {"name": "digest", "fields": ["owner", "digest"], "unique": true}]})");
  return schema;
}

const Uuid owner{{0xAB}};

Document good() {
  return {{owner, std::int64_t{3}, "kite"s, "red"s, 0.5, -0.5, Bytes{1, 2}, Bytes{},
           Integers{{"read", 1}}, Instant{}, make_day(2026, 1, 2), true, least, std::int64_t{7}}};
}

Document with(std::string_view field, Value value) {
  auto document = good();
  document.values.at(things().position(field)) = std::move(value);
  return document;
}

std::string fault(std::string_view field, Value value) {
  return find_fault(things(), with(field, std::move(value))).value_or("");
}

TEST(FindFault, AcceptsWhatTheSchemaAllows) {
  EXPECT_EQ(find_fault(things(), good()), std::nullopt);
  for (const auto& [field, value] :
       std::vector<std::pair<std::string_view, Value>>{{"number", std::int64_t{1}},
                                                       {"number", std::int64_t{9}},
                                                       {"label", ""s},
                                                       {"label", "12345"s},
                                                       {"label", "né\0"s},
                                                       {"colour", "green"s},
                                                       {"colour", Value{}},
                                                       {"energy", 0.0},
                                                       {"energy", 10.0},
                                                       {"energy", -0.0},
                                                       {"change", -1e308},
                                                       {"digest", Value{}},
                                                       {"blob", Bytes{1, 2, 3}},
                                                       {"counts", Integers{}},
                                                       {"total", most},
                                                       {"made", Instant::max()},
                                                       {"open", false}}) {
    EXPECT_EQ(fault(field, value), "");
  }
}

TEST(FindFault, NamesTheFieldAndWhatIsWrong) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::tuple<std::string_view, Value, std::string_view>> cases{
      {"number", std::int64_t{0}, "things.number: 0 is out of range"},
      {"number", std::int64_t{10}, "things.number: 10 is out of range"},
      {"number", least, "things.number: -9223372036854775808 is out of range"},
      {"number", 3.0, "things.number: has the wrong type"},
      {"number", "3"s, "things.number: has the wrong type"},
      {"number", Value{}, "things.number: is required"},
      {"label", "123456"s, "things.label: is too long"},
      {"label", "nénés"s, "things.label: is too long"},
      {"label", "\xC3("s, "things.label: is not UTF-8"},
      {"colour", "blue"s, "things.colour: 'blue' is not one of its words"},
      {"colour", ""s, "things.colour: '' is not one of its words"},
      {"colour", "Red"s, "things.colour: 'Red' is not one of its words"},
      {"energy", -0.000001, "things.energy: -1e-06 is out of range"},
      {"energy", 10.000001, "things.energy: 10.000001 is out of range"},
      {"energy", std::nan(""), "things.energy: is no finite number"},
      {"change", std::nan(""), "things.change: is no finite number"},
      {"change", infinite, "things.change: is no finite number"},
      {"change", -infinite, "things.change: is no finite number"},
      {"change", std::int64_t{1}, "things.change: has the wrong type"},
      {"digest", Bytes{1}, "things.digest: is not 2 bytes long"},
      {"digest", Bytes{1, 2, 3}, "things.digest: is not 2 bytes long"},
      {"blob", Bytes{1, 2, 3, 4}, "things.blob: is too long"},
      {"blob", "12"s, "things.blob: has the wrong type"},
      {"counts", Integers{{"lost", 1}}, "things.counts: 'lost' is not one of its keys"},
      {"made", make_day(2026, 1, 2), "things.made: has the wrong type"},
      {"day", Instant{}, "things.day: has the wrong type"},
      {"open", std::int64_t{1}, "things.open: has the wrong type"},
      {"owner", ""s, "things.owner: has the wrong type"},
  };
  for (const auto& [field, value, said] : cases) {
    EXPECT_EQ(fault(field, value), said);
  }
}

TEST(FindFault, CountsTheFields) {
  auto document = good();
  document.values.pop_back();
  EXPECT_EQ(find_fault(things(), document), "things: has 13 fields, not 14");
  EXPECT_EQ(find_fault(things(), Document{}), "things: has 0 fields, not 14");
}

TEST(Key, OfADocumentCarriesItsShard) {
  const auto key = primary_key(things(), good());
  EXPECT_EQ(key.collection.name, "things");
  EXPECT_EQ(key.index, primary_index);
  EXPECT_EQ(key.values, (std::vector<Value>{owner, std::int64_t{3}}));
  EXPECT_EQ(key.shard, Value{owner});
  EXPECT_EQ(to_text(key), "things[primary ab000000-0000-0000-0000-000000000000 3]");
}

TEST(Key, IsEqualWithoutItsShard) {
  const auto key = primary_key(things(), good());
  auto other = key;
  other.shard = std::nullopt;
  EXPECT_EQ(key, other);
  EXPECT_EQ(KeyHash{}(key), KeyHash{}(other));
  other.values.back() = std::int64_t{4};
  EXPECT_NE(key, other);
  other = key;
  other.index = "label";
  EXPECT_NE(key, other);
  other = key;
  other.collection = {"others"};
  EXPECT_NE(key, other);
}

TEST(UniqueKeys, AreThoseOfUniqueIndexesWithAllFieldsPresent) {
  const auto keys = unique_keys(things(), good());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys.front().index, "digest");
  EXPECT_EQ(keys.front().values, (std::vector<Value>{owner, Bytes{1, 2}}));
  EXPECT_EQ(keys.front().shard, Value{owner});
  EXPECT_TRUE(unique_keys(things(), with("digest", Value{})).empty());
}

TEST(Document, KnowsItsVersionAndSize) {
  EXPECT_EQ(version_of(things(), good()), 7);
  EXPECT_EQ(bytes_of(Document{}), 0U);
  EXPECT_EQ(bytes_of(with("blob", Bytes(100))), bytes_of(good()) + 100);
  EXPECT_EQ(values_at(good(), {13, 1}), (std::vector<Value>{std::int64_t{7}, std::int64_t{3}}));
}

}  // namespace
}  // namespace wattback::store

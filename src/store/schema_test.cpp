#include "store/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace wattback::store {
namespace {

using testing::HasSubstr;

std::vector<std::string> names_at(const CollectionSchema& collection,
                                  const std::vector<std::size_t>& positions) {
  std::vector<std::string> names;
  names.reserve(positions.size());
  for (const auto position : positions) {
    names.push_back(collection.fields.at(position).name);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(ProductSchema, KeepsTheNamesOfTheDatabaseDesign) {
  const std::vector<std::pair<std::string_view, Names>> given{
      {"users",
       {"user_id", "name", "email", "password", "total_points", "role", "created_at",
        "updated_at"}},
      {"energy_usage",
       {"usage_id", "user_id", "date", "energy_consumed", "energy_type", "points_earned",
        "created_at"}},
      {"rewards",
       {"reward_id", "name", "description", "points_required", "inventory", "created_at",
        "updated_at"}},
      {"redemptions",
       {"redemption_id", "user_id", "reward_id", "redemption_date", "points_redeemed"}},
  };
  for (const auto& [name, fields] : given) {
    const auto& collection = product_schema().collection({name});
    EXPECT_EQ(names_at(collection, collection.primary.fields), Names{fields.front()});
    for (const auto& field : fields) {
      EXPECT_TRUE(collection.fields.at(collection.position(field)).required) << name << field;
    }
  }
}

TEST(ProductSchema, KeepsTheIndexesOfTheDatabaseDesign) {
  const auto leads_with = [](std::string_view collection, std::string_view field) {
    const auto& schema = product_schema().collection({collection});
    return std::ranges::any_of(schema.indexes, [&](const IndexSchema& index) {
      return schema.fields.at(index.fields.front()).name == field;
    });
  };
  EXPECT_TRUE(product_schema().collection({"users"}).index("email").unique);
  EXPECT_TRUE(leads_with("users", "total_points"));
  EXPECT_TRUE(leads_with("energy_usage", "user_id"));
  EXPECT_TRUE(leads_with("energy_usage", "date"));
  EXPECT_TRUE(leads_with("rewards", "points_required"));
  EXPECT_TRUE(leads_with("redemptions", "user_id"));
  EXPECT_TRUE(leads_with("redemptions", "reward_id"));
}

TEST(ProductSchema, KeepsTheWordsOfTheDatabaseDesign) {
  const auto words = [](std::string_view collection, std::string_view field) {
    const auto& schema = product_schema().collection({collection});
    return schema.fields.at(schema.position(field)).words;
  };
  EXPECT_EQ(words("users", "role"), (Names{"User", "Admin"}));
  EXPECT_EQ(words("energy_usage", "energy_type"), (Names{"Renewable", "Non-Renewable"}));
}

TEST(ProductSchema, IsWhole) {
  const auto& schema = product_schema();
  EXPECT_GE(schema.version, 1);
  std::set<std::string> seen;
  for (const auto& collection : schema.collections) {
    EXPECT_FALSE(collection.description.empty()) << collection.name;
    for (const auto& field : collection.fields) {
      const auto where = collection.name + "." + field.name;
      EXPECT_FALSE(field.description.empty()) << where;
      if (field.type == FieldType::string && field.words.empty()) {
        EXPECT_GT(field.length_max, 0U) << where << " has no limit";
      }
      if (field.type == FieldType::bytes) {
        EXPECT_TRUE(field.length || field.length_max > 0) << where << " has no limit";
      }
      if (!field.references.empty()) {
        EXPECT_TRUE(seen.contains(field.references)) << where << " refers to what comes later";
        EXPECT_EQ(schema.collection({field.references}).primary.fields.size(), 1U) << where;
      }
    }
    EXPECT_TRUE(seen.insert(collection.name).second);
  }
}

// A page can go on only where the order of an index is total.
TEST(ProductSchema, EveryIndexOrdersTotally) {
  for (const auto& collection : product_schema().collections) {
    for (const auto& index : collection.indexes) {
      const auto& order = index.order;
      EXPECT_TRUE(std::equal(index.fields.begin(), index.fields.end(), order.begin()));
      for (const auto position : collection.primary.fields) {
        EXPECT_EQ(std::ranges::count(order, position), 1) << collection.name << index.name;
      }
    }
  }
}

constexpr std::string_view small = R"({
  "name": "things", "description": "Things.", "primary_key": ["owner", "number"], "shard_by": "owner",
  "fields": [
    {"name": "owner", "type": "uuid", "references": "owners", "description": "Whose."},
    {"name": "number", "type": "int64", "min": 1, "max": 9, "description": "Which."},
    {"name": "colour", "type": "string", "enum": ["red", "green"], "optional": true, "description": "How."},
    {"name": "label", "type": "string", "length_max": 5, "sealed": true, "description": "Named."},
    {"name": "mark", "type": "bytes", "length": 2, "description": "Marked."},
    {"name": "counts", "type": "integers", "keys": ["read"], "description": "Counted."},
    {"name": "version", "type": "int64", "min": 1, "description": "Lock."}],
  "indexes": [
    {"name": "label", "fields": ["label", "number"], "spread": 4},
    {"name": "mark", "fields": ["mark"], "unique": true}]
})";

TEST(ParseCollection, ReadsWhatTheFileSays) {
  const auto things = parse_collection(small);
  EXPECT_EQ(things.name, "things");
  EXPECT_EQ(things.description, "Things.");
  EXPECT_EQ(names_at(things, things.primary.order), (Names{"owner", "number"}));
  EXPECT_EQ(things.primary.name, primary_index);
  EXPECT_TRUE(things.primary.unique);
  EXPECT_EQ(things.shard_by, 0U);
  EXPECT_EQ(things.version, 6U);

  EXPECT_EQ(things.fields[0].references, "owners");
  EXPECT_EQ(things.fields[1].min, 1);
  EXPECT_EQ(things.fields[1].max, 9);
  EXPECT_TRUE(things.fields[1].required);
  EXPECT_FALSE(things.fields[2].required);
  EXPECT_EQ(things.fields[2].words, (Names{"red", "green"}));
  EXPECT_EQ(things.fields[3].length_max, 5U);
  EXPECT_TRUE(things.fields[3].sealed);
  EXPECT_FALSE(things.fields[2].sealed);
  EXPECT_EQ(things.fields[4].length, 2U);
  EXPECT_EQ(things.fields[5].keys, Names{"read"});

  EXPECT_EQ(names_at(things, things.index("label").fields), (Names{"label", "number"}));
  EXPECT_EQ(names_at(things, things.index("label").order), (Names{"label", "number", "owner"}));
  EXPECT_EQ(things.index("label").spread, 4);
  EXPECT_FALSE(things.index("label").unique);
  EXPECT_TRUE(things.index("mark").unique);
  EXPECT_EQ(&things.index("primary"), &things.primary);
}

TEST(ParseCollection, ReadsEveryType) {
  const std::vector<std::pair<std::string_view, FieldType>> types{
      {"boolean", FieldType::boolean},   {"int64", FieldType::int64},
      {"real", FieldType::real},         {"string", FieldType::string},
      {"uuid", FieldType::uuid},         {"time", FieldType::time},
      {"day", FieldType::day},           {"bytes", FieldType::bytes},
      {"integers", FieldType::integers},
  };
  for (const auto& [name, type] : types) {
    const auto collection = parse_collection(fmt::format(
        R"({{"name": "c", "description": "", "primary_key": ["f"], "indexes": [],
            "fields": [{{"name": "f", "type": "{}", "description": ""}}]}})",
        name));
    EXPECT_EQ(collection.fields.front().type, type);
  }
}

std::string replaced(std::string_view what, std::string_view with) {
  std::string text(small);
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(ParseCollection, NamesWhatIsWrong) {
  struct {
    std::string_view what;
    std::string_view with;
    std::string_view said;
  } constexpr cases[] = {
      {"\"name\": \"things\", ", "", "schema: "},
      {"\"name\": \"things\"", "\"name\": 7", "not a string"},
      {"[\"owner\", \"number\"]", "[]", "things: an index without fields"},
      {"[\"owner\", \"number\"]", "[\"owner\", \"colour\"]",
       "things: the primary key has an optional or a later field"},
      {"[\"owner\", \"number\"]", "[\"nobody\"]", "things: no field 'nobody'"},
      {"\"shard_by\": \"owner\"", "\"shard_by\": \"nobody\"", "things: no field 'nobody'"},
      {"\"shard_by\"", "\"shard-by\"", "things: a collection has no 'shard-by'"},
      {"\"type\": \"uuid\"", "\"type\": \"guid\"", "things: no type 'guid'"},
      {"\"type\": \"uuid\", ", "", "things: a field without a name or a type"},
      {"{\"name\": \"owner\", ", "{", "things: a field without a name or a type"},
      {"\"name\": \"number\"", "\"name\": \"owner\"", "things: two fields 'owner'"},
      {"\"min\": 1", "\"minimum\": 1", "things: a field has no 'minimum'"},
      {"\"min\": 1", "\"min\": \"1\"", "not an int64"},
      {"\"min\": 1", "\"min\": 1.5", "not an int64"},
      {"\"length_max\": 5", "\"length_max\": -5", "things: -5 is no length"},
      {"\"length\": 2", "\"length\": -2", "things: -2 is no length"},
      {"\"spread\"", "\"buckets\"", "things: an index has no 'buckets'"},
      {"[\"mark\"]", "[\"marks\"]", "things: no field 'marks'"},
      {"\"name\": \"mark\", \"fields\"", "\"name\": \"label\", \"fields\"",
       "things: two indexes 'label'"},
      {"\"name\": \"mark\", \"fields\"", "\"name\": \"primary\", \"fields\"",
       "things: two indexes 'primary'"},
      {"\"version\", \"type\": \"int64\"", "\"version\", \"type\": \"real\"",
       "things: version is no required int64"},
      {"{\n", "[\n", "schema: "},
  };
  for (const auto& [what, with, said] : cases) {
    try {
      parse_collection(replaced(what, with));
      ADD_FAILURE() << "accepted: " << with;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(std::string(said))) << with;
    }
  }
  EXPECT_THROW(parse_collection(""), std::invalid_argument);
}

// Version 2 adds a field and an index, version 3 requires the field.
constexpr std::string_view grown = R"({
  "name": "things", "description": "Grown.", "primary_key": ["id"],
  "fields": [{"name": "colour", "type": "string", "since": 2, "required_since": 3},
             {"name": "id", "type": "int64"},
             {"name": "version", "type": "int64"}],
  "indexes": [{"name": "colour", "fields": ["colour"], "since": 2}]
})";

TEST(EarlierSchema, LeavesOutWhatCameLater) {
  const Schema schema{.version = 3, .collections = {parse_collection(grown)}};
  const auto first = as_of(schema, 1);
  EXPECT_EQ(first.version, 1);
  const auto& things = first.collection({"things"});
  EXPECT_EQ(things.fields.size(), 2U);
  EXPECT_EQ(names_at(things, things.primary.order), Names{"id"});
  EXPECT_EQ(things.version, things.position("version"));
  EXPECT_TRUE(things.indexes.empty());
  const auto second = as_of(schema, 2).collection({"things"});
  EXPECT_FALSE(second.fields.front().required);
  EXPECT_EQ(names_at(second, second.index("colour").order), (Names{"colour", "id"}));
  EXPECT_TRUE(as_of(schema, 3).collection({"things"}).fields.front().required);
  EXPECT_FALSE(expanded_from(schema, 2).collection({"things"}).fields.front().required);
  EXPECT_TRUE(as_of({.version = 1, .collections = {[] {
                                     auto later = parse_collection(grown);
                                     later.since = 2;
                                     return later;
                                   }()}},
                    1)
                  .collections.empty());
}

TEST(EarlierSchema, RequiresNothingBeforeItIsThere) {
  auto text = std::string(grown);
  text.replace(text.find("\"since\": 2"), 10, "\"since\": 4");
  EXPECT_THROW(parse_collection(text), std::invalid_argument);
}

TEST(SchemaDeathTest, ANameThatDoesNotExistIsAProgrammersError) {
  const auto things = parse_collection(small);
  EXPECT_DEATH(things.position("nobody"), "a condition does not hold");
  EXPECT_DEATH(things.index("nobody"), "a condition does not hold");
  EXPECT_DEATH(product_schema().collection({"nothing"}), "a condition does not hold");
}

}  // namespace
}  // namespace wattback::store

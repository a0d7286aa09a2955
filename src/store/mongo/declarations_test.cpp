#include "store/mongo/declarations.h"

#include <gtest/gtest.h>

#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

bson_iter_t at(const Bson& bson, const char* path) {
  bson_iter_t whole;
  bson_iter_t found;
  EXPECT_TRUE(bson_iter_init(&whole, bson.get()));
  EXPECT_TRUE(bson_iter_find_descendant(&whole, path, &found)) << path;
  return found;
}

// The rules of a field, or of another part of the validator, as JSON.
std::string rules(const Bson& validator, const std::string& path) {
  const auto found = at(validator, ("$jsonSchema." + path).c_str());
  std::uint32_t size = 0;
  const std::uint8_t* bytes = nullptr;
  if (BSON_ITER_HOLDS_ARRAY(&found)) {
    bson_iter_array(&found, &size, &bytes);
  } else {
    bson_iter_document(&found, &size, &bytes);
  }
  bson_t part;
  EXPECT_TRUE(bson_init_static(&part, bytes, size));
  Bson copy;
  bson_concat(copy.get(), &part);
  return copy.json();
}

Bson from_json(const std::string& json) {
  bson_error_t error{};
  Bson bson;
  bson_t parsed;
  EXPECT_TRUE(bson_init_from_json(&parsed, json.c_str(), -1, &error)) << error.message;
  bson_concat(bson.get(), &parsed);
  bson_destroy(&parsed);
  return bson;
}

bool are_same(const std::string& one, const std::string& other) {
  const bool same = is_same_declaration(from_json(one).get(), from_json(other).get());
  EXPECT_EQ(is_same_declaration(from_json(other).get(), from_json(one).get()), same);
  return same;
}

TEST(Declarations, AreTheSameWhoeverWroteTheirNumbers) {
  EXPECT_TRUE(are_same(R"({"minimum": {"$numberLong": "1"}})", R"({"minimum": 1})"));
  EXPECT_TRUE(are_same(R"({"minimum": {"$numberLong": "1"}})", R"({"minimum": 1.0})"));
  EXPECT_TRUE(are_same(R"({"maximum": {"$numberLong": "9007199254740992"}})",
                       R"({"maximum": 9007199254740992.0})"));
  EXPECT_FALSE(are_same(R"({"maximum": {"$numberLong": "9007199254740993"}})",
                        R"({"maximum": 9007199254740992.0})"));
  EXPECT_FALSE(are_same(R"({"minimum": {"$numberLong": "1"}})", R"({"minimum": 1.5})"));
  EXPECT_FALSE(are_same(R"({"minimum": 1})", R"({"minimum": 2})"));
  EXPECT_FALSE(are_same(R"({"minimum": 1})", R"({"minimum": "1"})"));
}

TEST(Declarations, AreTheSameInWhateverOrderAndWords) {
  EXPECT_TRUE(are_same(R"({"a": {"b": 1, "description": "x"}, "c": ["d"]})",
                       R"({"c": ["d"], "a": {"description": "y", "b": 1}})"));
  EXPECT_TRUE(are_same(R"({"a": {"description": "x"}})", R"({"a": {}})"));
  EXPECT_FALSE(are_same(R"({"a": {"b": 1}})", R"({"a": {"b": 1, "c": 2}})"));
  EXPECT_FALSE(are_same(R"({"enum": ["a", "b"]})", R"({"enum": ["b", "a"]})"));
  EXPECT_FALSE(are_same(R"({"a": true})", R"({"a": false})"));
}

TEST(Declarations, HaveFieldsOfThatNameToo) {
  EXPECT_FALSE(are_same(R"({"properties": {"description": {"maxLength": 1}}})",
                        R"({"properties": {"description": {"maxLength": 2}}})"));
  EXPECT_FALSE(are_same(R"({"properties": {"description": {}}})", R"({"properties": {}})"));
  EXPECT_TRUE(are_same(R"({"properties": {"properties": {"description": "x"}}})",
                       R"({"properties": {"properties": {"description": "y"}}})"));
}

TEST(Declarations, SayTheRulesOfEachField) {
  const auto validator = validator_of(Layout(things()));
  const auto rules_of = [&](const std::string& field) {
    return rules(validator, "properties." + field);
  };
  EXPECT_EQ(rules_of("_id"), R"({ "bsonType" : "binData" })");
  EXPECT_EQ(rules_of("thing_id"), R"({ "bsonType" : "binData" })");
  EXPECT_EQ(rules_of("owner"), R"({ "bsonType" : "binData", "description" : "Whose it is." })");
  EXPECT_EQ(rules_of("flag"), R"({ "bsonType" : "bool" })");
  EXPECT_EQ(rules_of("count"), R"({ "bsonType" : "long", "minimum" : 0, "maximum" : 9 })");
  EXPECT_EQ(rules_of("weight"), R"({ "bsonType" : "double", "minimum" : 0 })");
  EXPECT_EQ(rules_of("word"), R"({ "bsonType" : "string", "enum" : [ "yes", "no" ] })");
  EXPECT_EQ(rules_of("label"), R"({ "bsonType" : "string", "maxLength" : 20 })");
  EXPECT_EQ(rules_of("at"), R"({ "bsonType" : "date" })");
  EXPECT_EQ(rules_of("day"), R"({ "bsonType" : "date" })");
  EXPECT_EQ(rules_of("digest"), R"({ "bsonType" : "binData" })");
  EXPECT_EQ(rules_of("blob"), R"({ "bsonType" : "string", "maxLength" : 60 })");
  EXPECT_EQ(rules_of("rates"),
            R"({ "bsonType" : "object", "properties" : { "Renewable" : { "bsonType" : "long" }, )"
            R"("Other" : { "bsonType" : "long" } }, "additionalProperties" : false })");
}

TEST(Declarations, RequireWhatIsRequiredAndAllowNothingElse) {
  const auto validator = validator_of(Layout(things()));
  const auto required = rules(validator, "required");
  for (const auto& field : things().fields) {
    EXPECT_EQ(required.find('"' + field.name + '"') != std::string::npos, field.required)
        << field.name;
  }
  EXPECT_NE(required.find("\"_id\""), std::string::npos);
  const auto additional = at(validator, "$jsonSchema.additionalProperties");
  EXPECT_FALSE(bson_iter_bool(&additional));
}

TEST(Declarations, SayWhatAKeyOfSeveralFieldsIs) {
  const auto validator = validator_of(Layout(steps()));
  EXPECT_EQ(rules(validator, "properties._id"),
            R"({ "bsonType" : "object", "properties" : { "walker" : { "bsonType" : "string", )"
            R"("maxLength" : 9 }, "seq" : { "bsonType" : "long", "minimum" : 1 } }, "required" : )"
            R"([ "walker", "seq" ], "additionalProperties" : false })");
  EXPECT_EQ(rules(validator, "required"), R"({ "0" : "_id", "1" : "place" })");
}

TEST(Declarations, OfIndexesBearTheNamesOfTheSchema) {
  EXPECT_EQ(indexes_of(Layout(things())).json(),
            R"({ "0" : { "name" : "owner", "key" : { "owner" : 1, "at" : 1, "thing_id" : 1 } }, )"
            R"("1" : { "name" : "label", "key" : { "label" : 1 }, "unique" : true, )"
            R"("partialFilterExpression" : { "label" : { "$exists" : true } } }, )"
            R"("2" : { "name" : "label_all", "key" : { "label" : 1, "thing_id" : 1 } }, )"
            R"("3" : { "name" : "digest", "key" : { "digest" : 1 }, "unique" : true }, )"
            R"("4" : { "name" : "blob", "key" : { "blob" : 1, "thing_id" : 1 } } })");
  EXPECT_EQ(indexes_of(Layout(steps())).json(),
            R"({ "0" : { "name" : "place", "key" : { "place" : 1, "_id.walker" : 1, )"
            R"("_id.seq" : 1 } } })");
}

}  // namespace
}  // namespace wattback::store::mongo

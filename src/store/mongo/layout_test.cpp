#include "store/mongo/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

Uuid uuid(std::uint8_t last) {
  Uuid uuid;
  uuid.bytes.back() = last;
  return uuid;
}

Document thing() {
  return {{uuid(1), uuid(2), true, std::int64_t{3}, 0.25, "yes", std::string("a\0b", 3),
           Instant(Milliseconds(-7)), make_day(2026, 11, 28), Bytes{0xAB, 0}, Bytes{0x0F},
           Integers{{"Other", -1}, {"Renewable", 10}}, std::int64_t{1}}};
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

TEST(Layout, WritesADocumentAsTheDesignSays) {
  const Layout layout(things());
  EXPECT_EQ(
      layout.to_bson(thing()).json(),
      R"({ "_id" : { "$binary" : { "base64" : "AAAAAAAAAAAAAAAAAAAAAQ==", "subType" : "04" } }, )"
      R"("thing_id" : { "$binary" : { "base64" : "AAAAAAAAAAAAAAAAAAAAAQ==", "subType" : "04" } }, )"
      R"("owner" : { "$binary" : { "base64" : "AAAAAAAAAAAAAAAAAAAAAg==", "subType" : "04" } }, )"
      R"("flag" : true, "count" : 3, "weight" : 0.25, "word" : "yes", "label" : "a\u0000b", )"
      R"("at" : { "$date" : { "$numberLong" : "-7" } }, )"
      R"("day" : { "$date" : "2026-11-28T00:00:00Z" }, )"
      R"("digest" : { "$binary" : { "base64" : "qwA=", "subType" : "00" } }, )"
      R"("blob" : "0f", "rates" : { "Other" : -1, "Renewable" : 10 }, "version" : 1 })");
}

TEST(Layout, ReadsWhatItWrote) {
  const Layout layout(things());
  EXPECT_EQ(layout.to_document(layout.to_bson(thing()).get()), thing());
  EXPECT_THAT(layout.key_of(layout.to_bson(thing()).get()), ElementsAre(Value(uuid(1))));
}

TEST(Layout, LeavesAbsentValuesOut) {
  const Layout layout(things());
  auto bare = thing();
  bare.values[things().position("label")] = {};
  bare.values[things().position("blob")] = {};
  const auto bson = layout.to_bson(bare);
  EXPECT_FALSE(bson_has_field(bson.get(), "label"));
  EXPECT_EQ(layout.to_document(bson.get()), bare);
}

TEST(Layout, KeepsAKeyOfSeveralFieldsInIdAlone) {
  const Layout layout(steps());
  const Document step{{"ada", std::int64_t{7}, "gate"}};
  const auto bson = layout.to_bson(step);
  EXPECT_EQ(bson.json(), R"({ "_id" : { "walker" : "ada", "seq" : 7 }, "place" : "gate" })");
  EXPECT_EQ(layout.to_document(bson.get()), step);
  EXPECT_EQ(layout.field(1).path, "_id.seq");
}

TEST(Layout, ReadsFieldsInWhateverOrder) {
  const Layout layout(steps());
  const auto bson =
      from_json(R"({"place": "gate", "_id": {"walker": "ada", "seq": {"$numberLong": "7"}}})");
  EXPECT_EQ(layout.to_document(bson.get()), (Document{{"ada", std::int64_t{7}, "gate"}}));
}

TEST(Layout, CallsCorruptWhatItDoesNotWrite) {
  const auto good = R"({"_id": {"walker": "ada", "seq": {"$numberLong": "7"}}, "place": "gate"})";
  const Layout layout(steps());
  EXPECT_NO_THROW(layout.to_document(from_json(good).get()));
  for (const auto* bad :
       {R"({"place": "gate"})", R"({"_id": 1, "place": "gate"})",
        R"({"_id": {"walker": "ada"}, "place": "gate"})",
        R"({"_id": {"seq": {"$numberLong": "7"}, "walker": "ada"}, "place": "gate"})",
        R"({"_id": {"walker": "ada", "seq": 7}, "place": "gate"})",
        R"({"_id": {"walker": "ada", "seq": {"$numberLong": "7"}, "x": 1}, "place": "gate"})",
        R"({"_id": {"walker": "ada", "seq": {"$numberLong": "7"}}, "place": null})"}) {
    EXPECT_THROW(layout.to_document(from_json(bad).get()), CorruptDocument) << bad;
  }
}

TEST(Layout, NamesTheDocumentThatIsCorrupt) {
  const Layout layout(steps());
  const auto read = [&](const char* json) { layout.to_document(from_json(json).get()); };
  EXPECT_THAT(
      [&] { read(R"({"_id": {"walker": "ada", "seq": {"$numberLong": "7"}}, "place": 1})"); },
      ThrowsMessage<CorruptDocument>(
          AllOf(StartsWith("steps[primary ada 7]: "), HasSubstr("a value in 'place'"))));
  EXPECT_THAT([&] { read(R"({"place": "gate"})"); },
              ThrowsMessage<CorruptDocument>(StartsWith("steps: ")));
}

TEST(Layout, LeavesAloneWhatIsOfNoSchema) {
  const Layout layout(steps());
  const auto newer = from_json(
      R"({"_id": {"walker": "ada", "seq": {"$numberLong": "7"}}, "mood": "good", "place": "gate",
          "more": {"place": 1}})");
  EXPECT_EQ(layout.to_document(newer.get()), (Document{{"ada", std::int64_t{7}, "gate"}}));
  EXPECT_EQ(layout.unknown_of(newer.get()).json(),
            R"({ "mood" : "good", "more" : { "place" : 1 } })");
  EXPECT_TRUE(
      layout.unknown_of(layout.to_bson(Document{{"ada", std::int64_t{7}, "gate"}}).get()).empty());
}

TEST(Layout, UpdatesOnlyWhatDiffers) {
  const Layout layout(things());
  auto after = thing();
  after.values[things().position("word")] = "no";
  after.values[things().position("version")] = std::int64_t{2};
  EXPECT_EQ(layout.update_of(thing(), after).json(),
            R"({ "$set" : { "word" : "no", "version" : 2 } })");
  after.values[things().position("label")] = {};
  EXPECT_EQ(layout.update_of(thing(), after).json(),
            R"({ "$set" : { "word" : "no", "version" : 2 }, "$unset" : { "label" : "" } })");
  EXPECT_EQ(layout.update_of(after, thing()).json(),
            R"({ "$set" : { "word" : "yes", "label" : "a\u0000b", "version" : 1 } })");
}

TEST(Layout, HoldsTheIdAgainstTheKey) {
  const Layout layout(things());
  auto other = layout.to_bson(thing());
  Bson changed;
  layout.add_value(changed, "_id", 0, uuid(9));
  bson_copy_to_excluding_noinit(other.get(), changed.get(), "_id", nullptr);
  EXPECT_THROW(layout.to_document(changed.get()), CorruptDocument);
}

TEST(Layout, SaysWhichIndexesStand) {
  const Layout layout(things());
  std::vector<std::string> shown;
  for (const auto& index : layout.stored_indexes()) {
    auto text = index.name + (index.unique ? " unique" : "") + (index.partial ? " partial" : "");
    for (const auto position : index.fields) {
      text += " " + layout.field(position).path;
    }
    shown.push_back(text);
  }
  EXPECT_THAT(
      shown, ElementsAre("owner owner at thing_id", "label unique partial label",
                         "label_all label thing_id", "digest unique digest", "blob blob thing_id"));
}

TEST(Layout, KeepsBytesInTheOrderOfTheirBytes) {
  const Layout layout(things());
  const auto position = things().position("blob");
  const auto text_of = [&](const Bytes& bytes) {
    Bson bson;
    layout.add_value(bson, "blob", position, bytes);
    return text_at(bson.get(), "blob").value();
  };
  EXPECT_LT(text_of({0}), text_of({0, 0}));
  EXPECT_LT(text_of({0, 0}), text_of({1}));
  EXPECT_LT(text_of({0x9F}), text_of({0xA0}));
  EXPECT_EQ(text_of({}), "");
}

}  // namespace
}  // namespace wattback::store::mongo

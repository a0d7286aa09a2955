#include "store/sqlite/statements.h"

#include <gtest/gtest.h>

namespace wattback::store::sqlite {
namespace {

constexpr std::string_view parents_json = R"({
  "name": "parents", "description": "Referred to.", "primary_key": ["parent_id"],
  "fields": [{"name": "parent_id", "type": "uuid"}],
  "indexes": []
})";

constexpr std::string_view children_json = R"({
  "name": "children", "description": "Every type and rule.", "primary_key": ["parent_id", "seq"],
  "fields": [
    {"name": "parent_id", "type": "uuid", "references": "parents"},
    {"name": "seq", "type": "int64", "min": 1, "max": 9},
    {"name": "energy", "type": "real", "min": 0},
    {"name": "kind", "type": "string", "enum": ["Renewable", "Non-Renewable"]},
    {"name": "label", "type": "string", "length_max": 64, "optional": true},
    {"name": "digest", "type": "bytes", "length": 32, "optional": true},
    {"name": "data", "type": "bytes", "length_max": 10},
    {"name": "flag", "type": "boolean"},
    {"name": "date", "type": "time"},
    {"name": "day", "type": "day", "optional": true},
    {"name": "rates", "type": "integers", "keys": ["a"]},
    {"name": "version", "type": "int64"}
  ],
  "indexes": [
    {"name": "label", "fields": ["kind", "label"], "unique": true},
    {"name": "date", "fields": ["date"]}
  ]
})";

class Statements : public testing::Test {
 protected:
  const CollectionSchema& children() { return schema.collection({"children"}); }

  Schema schema{.version = 1,
                .collections = {parse_collection(parents_json), parse_collection(children_json)}};
};

TEST_F(Statements, MakeATableWithAColumnAField) {
  EXPECT_EQ(create_table(schema, children()),
            R"(CREATE TABLE "children" (
  "parent_id" BLOB NOT NULL CHECK (length("parent_id") = 16) REFERENCES "parents" ("parent_id"),
  "seq" INTEGER NOT NULL CHECK ("seq" >= 1 AND "seq" <= 9),
  "energy" REAL NOT NULL CHECK ("energy" >= 0),
  "kind" TEXT NOT NULL CHECK ("kind" IN ('Renewable', 'Non-Renewable')),
  "label" TEXT CHECK (length(CAST("label" AS BLOB)) <= 64),
  "digest" BLOB CHECK (length("digest") = 32),
  "data" BLOB NOT NULL CHECK (length("data") <= 10),
  "flag" INTEGER NOT NULL CHECK ("flag" IN (0, 1)),
  "date" INTEGER NOT NULL,
  "day" INTEGER,
  "rates" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  PRIMARY KEY ("parent_id", "seq")
) STRICT, WITHOUT ROWID)");
}

TEST_F(Statements, MakeIndexesThatPageStably) {
  EXPECT_EQ(create_index(children(), children().index("label")),
            R"(CREATE UNIQUE INDEX "children_by_label" ON "children" ("kind", "label"))");
  EXPECT_EQ(create_index(children(), children().index("date")),
            R"(CREATE INDEX "children_by_date" ON "children" ("date", "parent_id", "seq"))");
}

TEST_F(Statements, WriteDocuments) {
  const auto& parents = schema.collection({"parents"});
  EXPECT_EQ(insert_into(parents), R"(INSERT INTO "parents" ("parent_id") VALUES (?))");
  EXPECT_EQ(Update(children()).at({2, 11}),
            R"(UPDATE "children" SET "energy" = ?, "version" = ? )"
            R"(WHERE "parent_id" = ? AND "seq" = ? AND "version" = ?)");
  EXPECT_EQ(delete_from(parents), R"(DELETE FROM "parents" WHERE "parent_id" = ?)");
  EXPECT_EQ(delete_from(children()),
            R"(DELETE FROM "children" WHERE "parent_id" = ? AND "seq" = ? AND "version" = ?)");
}

TEST_F(Statements, FindByAKey) {
  const auto& parents = schema.collection({"parents"});
  EXPECT_EQ(select_by(parents, parents.primary),
            R"(SELECT "parent_id" FROM "parents" WHERE "parent_id" = ?)");
  EXPECT_TRUE(select_by(children(), children().index("label"))
                  .ends_with(R"(FROM "children" WHERE "kind" = ? AND "label" = ?)"));
}

}  // namespace
}  // namespace wattback::store::sqlite

// A store of a newer schema than one of the processes that have it open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "mongo/test_database.h"
#include "store/mongo/mongo_store.h"

namespace wattback::store::mongo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Collection plates{"plates"};

// Plates with a name of their own; the second version adds a colour.
Schema growing() {
  return {.version = 2, .collections = {parse_collection(R"({
    "name": "plates", "description": "They grow.", "primary_key": ["plate_id"],
    "fields": [
      {"name": "plate_id", "type": "int64"},
      {"name": "name", "type": "string", "length_max": 9},
      {"name": "colour", "type": "string", "length_max": 9, "since": 2, "optional": true},
      {"name": "version", "type": "int64", "min": 1}
    ],
    "indexes": [{"name": "name", "fields": ["name"], "unique": true}]
  })")}};
}

Document plate(std::int64_t id, std::string name, std::int64_t version = 1) {
  return {{id, std::move(name), version}};
}

Document coloured(std::int64_t id, std::string name, Value colour, std::int64_t version = 1) {
  return {{id, std::move(name), std::move(colour), version}};
}

class GrowingOnMongo : public testing::Test {
 protected:
  GrowingOnMongo() {
    older_->apply_schema(as_of(growing(), 1));
    newer_->apply_schema(growing());
  }

  std::unique_ptr<Store> open() {
    return make_mongo_store({.address = database_.address(), .if_missing = IfMissing::create});
  }

  std::vector<Document> all(Store& store) {
    return store.find({.collection = plates, .limit = 9}).documents;
  }

  test::MongoDatabase database_;
  std::unique_ptr<Store> older_ = open();
  std::unique_ptr<Store> newer_ = open();
};

// MongoDB judges unique values statement by statement, so these two are removed and inserted.
TEST_F(GrowingOnMongo, KeepsWhatIsNotKnownWhereNamesAreExchanged) {
  ASSERT_TRUE(newer_->commit(
      {{Insert{plates, coloured(1, "one", "red")}, Insert{plates, coloured(2, "two", {})},
        Insert{plates, coloured(3, "three", "blue")}}}));
  ASSERT_TRUE(older_->commit({{Replace{plates, plate(1, "one"), plate(1, "two", 2)},
                               Replace{plates, plate(2, "two"), plate(2, "three", 2)},
                               Replace{plates, plate(3, "three"), plate(3, "one", 2)}}}));
  EXPECT_THAT(all(*newer_), ElementsAre(coloured(1, "two", "red", 2), coloured(2, "three", {}, 2),
                                        coloured(3, "one", "blue", 2)));
}

TEST_F(GrowingOnMongo, ReportsFieldsOfNoSchema) {
  ASSERT_TRUE(newer_->commit({{Insert{plates, coloured(1, "one", "red")}}}));
  EXPECT_THAT(newer_->find_schema_faults(growing()), IsEmpty());
  const std::string stray =
      R"("name": "three", "version": {"$numberLong": "1"}, "glaze": 1, "crack": "deep")";
  database_.run(R"({"insert": "plates", "bypassDocumentValidation": true, "documents": [
    {"_id": {"$numberLong": "3"}, "plate_id": {"$numberLong": "3"}, )" +
                stray + "}]}");
  EXPECT_THAT(newer_->find_schema_faults(growing()),
              ElementsAre("plates: 1 document has a field 'crack', which is of no schema",
                          "plates: 1 document has a field 'glaze', which is of no schema"));
  EXPECT_THAT(all(*newer_), ElementsAre(coloured(1, "one", "red"), coloured(3, "three", {})));
  // To an older program a field of the newer schema is no fault.
  const auto faults = older_->find_schema_faults(as_of(growing(), 1));
  EXPECT_THAT(faults, Not(testing::Contains(HasSubstr("of no schema"))));
}

}  // namespace
}  // namespace wattback::store::mongo

// That what is found is right, the conformance suite shows; here, what MongoDB is asked.
#include "store/mongo/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Collection steps_name{"steps"};
constexpr Collection things_name{"things"};

std::vector<std::string> filters(const CollectionSchema& collection, const Query& query) {
  std::vector<std::string> shown;
  const Layout layout(collection);
  for (const auto& find : finds_along(layout, query)) {
    shown.push_back(find.filter.json());
  }
  return shown;
}

std::string sort(const CollectionSchema& collection, const Query& query) {
  const Layout layout(collection);
  return finds_along(layout, query).at(0).sort.json();
}

TEST(Paging, AsksForARangeOfIdsAlongAKeyOfSeveralFields) {
  Query query{.collection = steps_name};
  EXPECT_THAT(filters(steps(), query), ElementsAre("{ }"));
  EXPECT_EQ(sort(steps(), query), R"({ "_id" : 1 })");
  query.equals = {"ada"};
  EXPECT_THAT(filters(steps(), query),
              ElementsAre(R"({ "_id" : { "$gte" : { "walker" : "ada" }, "$lte" : { "walker" : )"
                          R"("ada", "seq" : { "$maxKey" : 1 } } }, "_id.walker" : "ada" })"));
  query.from = Bound{.value = std::int64_t{3}, .inclusive = false};
  query.after = {"ada", std::int64_t{5}};
  EXPECT_THAT(filters(steps(), query),
              ElementsAre(R"({ "_id" : { "$gt" : { "walker" : "ada", "seq" : 5 }, "$lte" : { )"
                          R"("walker" : "ada", "seq" : { "$maxKey" : 1 } } }, )"
                          R"("_id.walker" : "ada" })"));
  query.after = {"ada", std::int64_t{2}};  // before the range
  EXPECT_THAT(filters(steps(), query),
              ElementsAre(R"({ "_id" : { "$gt" : { "walker" : "ada", "seq" : 3 }, "$lte" : { )"
                          R"("walker" : "ada", "seq" : { "$maxKey" : 1 } } }, )"
                          R"("_id.walker" : "ada" })"));
  query.after = {"bob", std::int64_t{1}};  // behind it
  EXPECT_THAT(filters(steps(), query), IsEmpty());
  query.order = Order::descending;
  EXPECT_EQ(filters(steps(), query).size(), 1U);
  EXPECT_EQ(sort(steps(), query), R"({ "_id" : -1 })");
}

TEST(Paging, AsksForOneDocumentByItsWholeKey) {
  Query query{.collection = steps_name, .equals = {"ada", std::int64_t{3}}};
  EXPECT_THAT(filters(steps(), query),
              ElementsAre(R"({ "_id" : { "walker" : "ada", "seq" : 3 } })"));
  query.after = query.equals;
  EXPECT_THAT(filters(steps(), query), IsEmpty());
}

TEST(Paging, GoesOnBehindACursorFieldByField) {
  Query query{
      .collection = steps_name, .index = "place", .after = {"gate", "ada", std::int64_t{3}}};
  EXPECT_THAT(
      filters(steps(), query),
      ElementsAre(R"({ "place" : "gate", "_id.walker" : "ada", "_id.seq" : { "$gt" : 3 } })",
                  R"({ "place" : "gate", "_id.walker" : { "$gt" : "ada" } })",
                  R"({ "place" : { "$gt" : "gate" } })"));
  EXPECT_EQ(sort(steps(), query), R"({ "place" : 1, "_id.walker" : 1, "_id.seq" : 1 })");
  query.to = Bound{.value = "wall"};
  EXPECT_EQ(filters(steps(), query).back(), R"({ "place" : { "$gt" : "gate", "$lte" : "wall" } })");
}

TEST(Paging, TellsAbsentValuesFromPresentOnes) {
  Query query{.collection = things_name, .index = "label"};
  EXPECT_THAT(filters(things(), query), ElementsAre("{ }"));
  EXPECT_EQ(sort(things(), query), R"({ "label" : 1, "thing_id" : 1 })");
  query.to = Bound{.value = "m"};
  EXPECT_THAT(filters(things(), query),
              ElementsAre(R"({ "label" : null })", R"({ "label" : { "$lte" : "m" } })"));
  query.order = Order::descending;
  EXPECT_THAT(filters(things(), query),
              ElementsAre(R"({ "label" : { "$lte" : "m" } })", R"({ "label" : null })"));
  query.to.reset();
  query.from = Bound{.value = {}, .inclusive = false};
  EXPECT_THAT(filters(things(), query), ElementsAre(R"({ "label" : { "$ne" : null } })"));
}

TEST(Paging, SortsByAUniqueIndexAlone) {
  EXPECT_EQ(sort(things(), {.collection = things_name, .index = "digest"}), R"({ "digest" : 1 })");
}

}  // namespace
}  // namespace wattback::store::mongo

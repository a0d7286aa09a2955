// Queries as SQL, and the plans SQLite makes of them.
#include "store/sqlite/paging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/statements.h"
#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view things_json = R"({
  "name": "things", "description": "An index with a field that can be absent.",
  "primary_key": ["id"],
  "fields": [{"name": "id", "type": "int64"}, {"name": "a", "type": "int64", "optional": true}],
  "indexes": [{"name": "a", "fields": ["a"]}]
})";

class Paging : public testing::Test {
 protected:
  // The conditions of each select.
  std::vector<std::string> conditions(Query query) {
    query.collection = {"things"};
    std::vector<std::string> conditions;
    for (const auto& select : select_along(things, query)) {
      const auto where = select.text.find("WHERE ");
      const auto order = select.text.find(" ORDER");
      conditions.push_back(
          where == std::string::npos ? "" : select.text.substr(where + 6, order - where - 6));
    }
    return conditions;
  }

  const CollectionSchema things = parse_collection(things_json);
  const Value one = std::int64_t{1};
  const Value two = std::int64_t{2};
};

TEST_F(Paging, ComparesRowsWhereNothingCanBeAbsent) {
  EXPECT_THAT(conditions({.after = {one}}), ElementsAre(R"(("id") > (?))"));
  EXPECT_THAT(conditions({.order = Order::descending, .after = {one}}),
              ElementsAre(R"(("id") < (?))"));
  EXPECT_THAT(conditions({.from = Bound{one}, .to = Bound{two, false}}),
              ElementsAre(R"("id" >= ? AND "id" < ?)"));
}

TEST_F(Paging, LeavesTheBoundBehindTheCursorAway) {
  const Query query{.from = Bound{one}, .to = Bound{two}, .after = {two}};
  EXPECT_THAT(conditions(query), ElementsAre(R"(("id") > (?) AND "id" <= ?)"));
}

TEST_F(Paging, TakesAFieldThatCanBeAbsentApart) {
  EXPECT_THAT(conditions({.index = "a"}), ElementsAre(""));
  EXPECT_THAT(conditions({.index = "a", .equals = {Value{}}}), ElementsAre(R"("a" IS NULL)"));
  EXPECT_THAT(conditions({.index = "a", .to = Bound{one}}),
              ElementsAre(R"("a" IS NULL)", R"("a" IS NOT NULL AND "a" <= ?)"));
  EXPECT_THAT(conditions({.index = "a", .from = Bound{Value{}, false}}),
              ElementsAre(R"("a" IS NOT NULL)"));
  EXPECT_THAT(conditions({.index = "a", .to = Bound{Value{}}}), ElementsAre(R"("a" IS NULL)"));
  EXPECT_THAT(conditions({.index = "a", .to = Bound{Value{}, false}}), IsEmpty());
}

TEST_F(Paging, ContinuesAmongAbsentValuesThenAfterThem) {
  EXPECT_THAT(conditions({.index = "a", .after = {Value{}, one}}),
              ElementsAre(R"("a" IS NULL AND "id" > ?)", R"("a" IS NOT NULL)"));
  EXPECT_THAT(conditions({.index = "a", .after = {two, one}}),
              ElementsAre(R"("a" = ? AND "id" > ?)", R"("a" > ?)"));
  EXPECT_THAT(conditions({.index = "a", .order = Order::descending, .after = {two, one}}),
              ElementsAre(R"("a" = ? AND "id" < ?)", R"("a" < ?)", R"("a" IS NULL)"));
  EXPECT_THAT(conditions({.index = "a", .order = Order::descending, .after = {Value{}, one}}),
              ElementsAre(R"("a" IS NULL AND "id" < ?)"));
}

// The product's collections with some thousand documents each.
class Plans : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory = std::make_unique<TestDirectory>();
    const auto options = options_of(*directory / "store");
    fill(*open_store(options), documents_count);
    connection = std::make_unique<Connection>(options, Access::read, Moment::statement);
  }
  static void TearDownTestSuite() {
    connection.reset();
    directory.reset();
  }

  static std::vector<std::string> plan_of(std::string_view sql) {
    auto statement = connection->prepare("EXPLAIN QUERY PLAN " + std::string(sql));
    std::vector<std::string> steps;
    while (statement.step()) {
      steps.push_back(statement.text(3));
    }
    return steps;
  }

  // The one step of a walk along the index.
  static std::string walk(const CollectionSchema& collection, const Query& query) {
    const auto& index = collection.index(query.index);
    const bool whole = query.equals.empty() && !query.from && !query.to && query.after.empty();
    if (index.name == primary_index) {
      return whole ? "SCAN " + collection.name : "SEARCH " + collection.name + " USING PRIMARY KEY";
    }
    return (whole ? "SCAN " : "SEARCH ") + collection.name + " USING INDEX " +
           index_name(collection, index);
  }

  static void expect_walk(const CollectionSchema& collection, const Query& query) {
    const auto selects = select_along(collection, query);
    for (const auto& select : selects) {
      const auto plan = plan_of(select.text);
      const bool absent = select.text.contains("IS N");  // it splits a walk, also a whole one
      ASSERT_EQ(plan.size(), 1U) << select.text << "\n" << testing::PrintToString(plan);
      // Where more fields are fixed, two indexes can be the same walk.
      const bool either = absent || query.equals.size() > 1;
      EXPECT_THAT(plan.front(), StartsWith(either ? "SEARCH" : walk(collection, query)))
          << select.text;
      EXPECT_THAT(plan.front(), Not(HasSubstr("TEMP B-TREE")));
    }
  }

 private:
  static constexpr std::uint64_t documents_count = 3000;
  inline static std::unique_ptr<TestDirectory> directory;
  inline static std::unique_ptr<Connection> connection;
};

// Every index, none or some of its fields fixed, from the start and from a cursor, either
// way, with and without bounds.
TEST_F(Plans, WalkTheIndexOfTheQueryWithoutSorting) {
  for (const auto& collection : product_schema().collections) {
    std::vector<std::string_view> indexes{primary_index};
    for (const auto& index : collection.indexes) {
      indexes.push_back(index.name);
    }
    const auto document = document_of({collection.name}, 7);
    for (const auto& name : indexes) {
      const auto order = values_at(document, collection.index(name).order);
      for (std::size_t fixed = 0; fixed < order.size(); ++fixed) {
        for (unsigned shape = 0; shape < 16; ++shape) {
          Query query{.collection = {collection.name}, .index = name};
          query.equals.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(fixed));
          if ((shape & 1U) != 0) {
            query.from = Bound{order[fixed]};
          }
          if ((shape & 2U) != 0) {
            query.to = Bound{order[fixed], false};
          }
          query.order = (shape & 4U) != 0 ? Order::descending : Order::ascending;
          if ((shape & 8U) != 0) {
            query.after = order;
          }
          expect_walk(collection, query);
        }
      }
    }
  }
}

// The queries users wait for, to the letter.
TEST_F(Plans, OfTheProductsReads) {
  struct Read {
    Query query;
    std::string plan;
  };
  const auto time = Value(Instant(Milliseconds(1'700'000'000'000)));
  const auto user = Value(uuid_of("users", 1));
  const auto reward = Value(uuid_of("rewards", 1));
  const std::vector<Read> reads{
      {{.collection = {"energy_usage"},
        .index = "user_id",
        .equals = {user},
        .from = Bound{time},
        .to = Bound{time, false}},
       "SEARCH energy_usage USING INDEX energy_usage_by_user_id (user_id=? AND date>? AND date<?)"},
      {{.collection = {"energy_usage"}, .index = "date", .from = Bound{time}},
       "SEARCH energy_usage USING INDEX energy_usage_by_date (date>?)"},
      {{.collection = {"redemptions"},
        .index = "user_id",
        .equals = {user},
        .order = Order::descending},
       "SEARCH redemptions USING INDEX redemptions_by_user_id (user_id=?)"},
      {{.collection = {"redemptions"},
        .index = "reward_id",
        .equals = {reward},
        .order = Order::descending},
       "SEARCH redemptions USING INDEX redemptions_by_reward_id (reward_id=?)"},
      {{.collection = {"redemptions"},
        .index = "status",
        .equals = {std::string("pending")},
        .after = {std::string("pending"), time, uuid_of("redemptions", 1)}},
       "SEARCH redemptions USING INDEX redemptions_by_status "
       "(status=? AND (redemption_date,redemption_id)>(?,?))"},
      {{.collection = {"users"}, .index = "total_points", .order = Order::descending},
       "SCAN users USING INDEX users_by_total_points"},
      {{.collection = {"rewards"}, .index = "points_required", .to = Bound{std::int64_t{500}}},
       "SEARCH rewards USING INDEX rewards_by_points_required (points_required<?)"},
      {{.collection = {"points_ledger"}, .equals = {user}, .order = Order::descending},
       "SEARCH points_ledger USING PRIMARY KEY (user_id=?)"},
      {{.collection = {"usage_daily"}, .equals = {user}, .from = Bound{make_day(2026, 1, 1)}},
       "SEARCH usage_daily USING PRIMARY KEY (user_id=? AND day>?)"},
      {{.collection = {"meters"}, .index = "label", .equals = {user}},
       "SEARCH meters USING INDEX meters_by_label (user_id=?)"},
  };
  for (const auto& [query, plan] : reads) {
    const auto selects = select_along(product_schema().collection(query.collection), query);
    ASSERT_EQ(selects.size(), 1U);
    EXPECT_THAT(plan_of(selects.front().text), ElementsAre(plan));
  }
}

TEST_F(Plans, OfKeysAndWritesSearchOnce) {
  for (const auto& collection : product_schema().collections) {
    const auto primary = "SEARCH " + collection.name + " USING PRIMARY KEY";
    EXPECT_THAT(plan_of(select_by(collection, collection.primary)),
                ElementsAre(StartsWith(primary)));
    // Then what refers to it is looked for.
    EXPECT_THAT(plan_of(delete_from(collection)).front(), StartsWith(primary));
    if (collection.version) {
      EXPECT_THAT(plan_of(Update(collection).at({*collection.version})),
                  ElementsAre(StartsWith(primary)));
    }
    for (const auto& index : collection.indexes) {
      if (index.unique) {
        EXPECT_THAT(plan_of(select_by(collection, index)),
                    ElementsAre(StartsWith("SEARCH " + collection.name + " USING INDEX " +
                                           index_name(collection, index))));
      }
    }
  }
}

}  // namespace
}  // namespace wattback::store::sqlite

// Queries along an index: order, bounds and pages.
#include <algorithm>
#include <random>

#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Find : public Conformance {
 protected:
  // The ids of the members a query finds, read in pages of two.
  std::vector<std::uint64_t> ids(Query query) {
    query.limit = 2;
    std::vector<std::uint64_t> ids;
    for (const auto& document : read_pages(store(), query).documents) {
      ids.push_back(std::get<Uuid>(document.values.at(0)).bytes.at(15));
    }
    return ids;
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, Find, testing::ValuesIn(stores_under_test()), name_of);

Query by_points() { return {.collection = members, .index = "points"}; }

TEST_P(Find, FindsNothingInAnEmptyCollection) {
  const auto page = store().find({.collection = members, .limit = 1});
  EXPECT_THAT(page.documents, IsEmpty());
  EXPECT_THAT(page.next, IsEmpty());
}

TEST_P(Find, OrdersByTheIndexThenByTheKey) {
  commit({insert({.id = 1, .points = 5}), insert({.id = 2, .points = 3}),
          insert({.id = 3, .points = 5}), insert({.id = 4, .points = 3}),
          insert({.id = 5, .points = 4})});
  EXPECT_THAT(ids(by_points()), ElementsAre(2, 4, 5, 1, 3));
  auto descending = by_points();
  descending.order = Order::descending;
  EXPECT_THAT(ids(descending), ElementsAre(3, 1, 5, 4, 2));
  EXPECT_THAT(ids({.collection = members}), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(ids({.collection = members, .order = Order::descending}), ElementsAre(5, 4, 3, 2, 1));
}

TEST_P(Find, TakesBoundsInclusiveAndExclusive) {
  std::vector<Change> changes;
  for (std::uint64_t id = 1; id <= 6; ++id) {
    changes.emplace_back(insert({.id = id, .points = static_cast<std::int64_t>(id) * 10}));
  }
  commit(std::move(changes));
  const auto found = [&](std::optional<Bound> from, std::optional<Bound> to) {
    auto ascending = by_points();
    ascending.from = std::move(from);
    ascending.to = std::move(to);
    auto descending = ascending;
    descending.order = Order::descending;
    auto backwards = ids(descending);
    std::ranges::reverse(backwards);
    EXPECT_EQ(ids(ascending), backwards);
    return backwards;
  };
  const auto bound = [](std::int64_t value, bool inclusive) {
    return Bound{.value = value, .inclusive = inclusive};
  };
  EXPECT_THAT(found(bound(20, true), bound(40, true)), ElementsAre(2, 3, 4));
  EXPECT_THAT(found(bound(20, false), bound(40, true)), ElementsAre(3, 4));
  EXPECT_THAT(found(bound(20, true), bound(40, false)), ElementsAre(2, 3));
  EXPECT_THAT(found(bound(20, false), bound(40, false)), ElementsAre(3));
  EXPECT_THAT(found(bound(50, true), {}), ElementsAre(5, 6));
  EXPECT_THAT(found(bound(50, false), {}), ElementsAre(6));
  EXPECT_THAT(found({}, bound(20, true)), ElementsAre(1, 2));
  EXPECT_THAT(found({}, bound(20, false)), ElementsAre(1));
  EXPECT_THAT(found(bound(15, true), bound(25, true)), ElementsAre(2));
  EXPECT_THAT(found(bound(30, true), bound(30, true)), ElementsAre(3));
  EXPECT_THAT(found(bound(30, false), bound(30, true)), IsEmpty());
  EXPECT_THAT(found(bound(40, true), bound(20, true)), IsEmpty());
  EXPECT_THAT(found(bound(61, true), {}), IsEmpty());
  EXPECT_THAT(found({}, bound(9, true)), IsEmpty());
}

TEST_P(Find, TakesEqualsOfSeveralFieldsAndARangeAfterThem) {
  commit({insert({.id = 1, .team = "red", .points = 1, .joined = 5}),
          insert({.id = 2, .team = "red", .points = 1, .joined = 3}),
          insert({.id = 3, .team = "red", .points = 2, .joined = 1}),
          insert({.id = 4, .team = "blue", .points = 1, .joined = 4}),
          insert({.id = 5, .team = "red", .points = 1, .joined = 4}),
          insert({.id = 6, .team = "redder", .points = 1, .joined = 4})});
  const auto team = [&](std::vector<Value> equals) {
    return Query{.collection = members, .index = "team", .equals = std::move(equals)};
  };
  EXPECT_THAT(ids(team({})), ElementsAre(4, 2, 5, 1, 3, 6));
  EXPECT_THAT(ids(team({"red"})), ElementsAre(2, 5, 1, 3));
  EXPECT_THAT(ids(team({"red", std::int64_t{1}})), ElementsAre(2, 5, 1));
  EXPECT_THAT(ids(team({"red", std::int64_t{1}, Instant(Milliseconds(4))})), ElementsAre(5));
  EXPECT_THAT(ids(team({"green"})), IsEmpty());
  auto range = team({"red", std::int64_t{1}});
  range.from = {.value = Instant(Milliseconds(4))};
  EXPECT_THAT(ids(range), ElementsAre(5, 1));
  range.order = Order::descending;
  EXPECT_THAT(ids(range), ElementsAre(1, 5));
  auto points = team({"red"});
  points.to = {.value = std::int64_t{2}, .inclusive = false};
  EXPECT_THAT(ids(points), ElementsAre(2, 5, 1));
}

TEST_P(Find, GoesAlongAKeyOfSeveralFields) {
  commit({Insert{entries, entry(2, 1, "d")}, Insert{entries, entry(1, 10, "c")},
          Insert{entries, entry(1, 2, "b")}, Insert{entries, entry(1, -1, "a")}});
  EXPECT_THAT(all_of(entries), ElementsAre(entry(1, -1, "a"), entry(1, 2, "b"), entry(1, 10, "c"),
                                           entry(2, 1, "d")));
  Query query{.collection = entries,
              .equals = {uuid(1)},
              .from = Bound{.value = std::int64_t{2}},
              .order = Order::descending,
              .limit = 10};
  EXPECT_THAT(store().find(query).documents, ElementsAre(entry(1, 10, "c"), entry(1, 2, "b")));
  query.equals = {uuid(3)};
  EXPECT_THAT(store().find(query).documents, IsEmpty());
}

TEST_P(Find, GoesAlongAUniqueIndex) {
  commit({insert({.id = 1, .email = "c"}), insert({.id = 2, .email = "a"}),
          insert({.id = 3, .email = "b"})});
  EXPECT_THAT(ids({.collection = members, .index = "email"}), ElementsAre(2, 3, 1));
}

TEST_P(Find, PutsAbsentValuesFirst) {
  commit({insert({.id = 1, .email = "a"}), insert({.id = 2}), insert({.id = 3}),
          insert({.id = 4, .email = ""})});
  const Query query{.collection = members, .index = "email"};
  EXPECT_THAT(ids(query), ElementsAre(2, 3, 4, 1));
  auto descending = query;
  descending.order = Order::descending;
  EXPECT_THAT(ids(descending), ElementsAre(1, 4, 3, 2));
  auto absent = query;
  absent.equals = {Value{}};
  EXPECT_THAT(ids(absent), ElementsAre(2, 3));
  auto present = query;
  present.from = {.value = ""};
  EXPECT_THAT(ids(present), ElementsAre(4, 1));
}

TEST_P(Find, TakesAbsentValuesIntoARangeThatDoesNotBeginAfterThem) {
  commit({insert({.id = 1, .email = "a"}), insert({.id = 2}), insert({.id = 3}),
          insert({.id = 4, .email = ""})});
  const auto found = [&](std::optional<Bound> from, std::optional<Bound> to) {
    Query query{.collection = members, .index = "email"};
    query.from = std::move(from);
    query.to = std::move(to);
    auto backwards = query;
    backwards.order = Order::descending;
    auto reversed = ids(backwards);
    std::ranges::reverse(reversed);
    EXPECT_EQ(ids(query), reversed);
    return reversed;
  };
  const auto bound = [](Value value, bool inclusive) {
    return Bound{.value = std::move(value), .inclusive = inclusive};
  };
  EXPECT_THAT(found({}, bound("", true)), ElementsAre(2, 3, 4));
  EXPECT_THAT(found({}, bound("", false)), ElementsAre(2, 3));
  EXPECT_THAT(found(bound("", true), {}), ElementsAre(4, 1));
  EXPECT_THAT(found(bound({}, true), {}), ElementsAre(2, 3, 4, 1));
  EXPECT_THAT(found(bound({}, false), {}), ElementsAre(4, 1));
  EXPECT_THAT(found({}, bound({}, true)), ElementsAre(2, 3));
  EXPECT_THAT(found({}, bound({}, false)), IsEmpty());
  EXPECT_THAT(found(bound({}, true), bound("", true)), ElementsAre(2, 3, 4));
}

TEST_P(Find, SaysThatThereIsMoreOnlyWhenThereIs) {
  commit({insert({.id = 1}), insert({.id = 2}), insert({.id = 3})});
  const auto page = [&](std::size_t limit, Order order = Order::ascending) {
    return store().find({.collection = members, .order = order, .limit = limit});
  };
  EXPECT_EQ(page(2).documents.size(), 2U);
  EXPECT_THAT(page(2).next, ElementsAre(Value(uuid(2))));
  EXPECT_THAT(page(2, Order::descending).next, ElementsAre(Value(uuid(2))));
  EXPECT_EQ(page(3).documents.size(), 3U);
  EXPECT_THAT(page(3).next, IsEmpty());
  EXPECT_THAT(page(page_documents_max).next, IsEmpty());
}

TEST_P(Find, ContinuesWhereTheCursorsDocumentIsGone) {
  std::vector<Change> changes;
  for (std::uint64_t id = 1; id <= 6; ++id) {
    changes.emplace_back(insert({.id = id, .points = 1}));
  }
  commit(std::move(changes));
  auto query = by_points();
  query.limit = 3;
  query.after = store().find(query).next;
  commit({remove({.id = 3, .points = 1}), remove({.id = 4, .points = 1})});
  EXPECT_THAT(store().find(query).documents, ElementsAre(to_document({.id = 5, .points = 1}),
                                                         to_document({.id = 6, .points = 1})));
}

TEST_P(Find, TakesACursorOutsideItsRange) {
  commit({insert({.id = 1, .points = 1}), insert({.id = 2, .points = 2})});
  auto query = by_points();
  query.from = {.value = std::int64_t{2}};
  query.limit = 5;
  query.after = {std::int64_t{0}, uuid(9)};
  EXPECT_THAT(store().find(query).documents, ElementsAre(to_document({.id = 2, .points = 2})));
  query.after = {std::int64_t{3}, uuid(1)};
  EXPECT_THAT(store().find(query).documents, IsEmpty());
}

TEST_P(Find, PagesStablyWhileOthersWrite) {
  constexpr std::uint64_t count = 200;
  std::vector<Change> changes;
  changes.reserve(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    changes.emplace_back(insert({.id = 2 * id, .points = 1}));
  }
  commit(std::move(changes));
  auto query = by_points();
  query.limit = 7;
  std::vector<Uuid> seen;
  std::int64_t version = 1;
  do {
    const auto page = store().find(query);
    for (const auto& document : page.documents) {
      seen.push_back(std::get<Uuid>(document.values.at(0)));
    }
    query.after = page.next;
    // The sort key of this one stays; new ones join before, within and after.
    const Member touched{.id = 2 * (seen.size() / 2), .points = 1};
    commit({replace(touched, {.id = touched.id, .badge = version, .points = 1, .version = 2}),
            insert({.id = 1'000'000 + seen.size(), .points = 0}),
            insert({.id = 1'000'000 + seen.size() + count, .points = 2})});
    ++version;
  } while (!query.after.empty());
  std::erase_if(seen, [](const Uuid& id) { return id >= uuid(1'000'000); });
  std::vector<Uuid> expected;
  expected.reserve(count);
  for (std::uint64_t id = 0; id < count; ++id) {
    expected.push_back(uuid(2 * id));
  }
  EXPECT_EQ(seen, expected);
}

TEST_P(Find, PagesOverAHundredThousandEqualKeys) {
  constexpr std::uint64_t count = 100'000;
  constexpr std::uint64_t stride = 30'011;  // coprime to it: inserted in another order
  const auto commit_max = store().capabilities().commit_changes_max;
  std::vector<Change> changes;
  for (std::uint64_t i = 0; i < count; ++i) {
    changes.emplace_back(insert({.id = i * stride % count, .points = 5}));
    if (changes.size() == commit_max || i + 1 == count) {
      commit(std::exchange(changes, {}));
    }
  }
  for (const auto order : {Order::ascending, Order::descending}) {
    auto query = by_points();
    query.equals = {std::int64_t{5}};
    query.order = order;
    query.limit = page_documents_max;
    std::uint64_t seen = 0;
    do {
      const auto page = store().find(query);
      for (const auto& document : page.documents) {
        const auto expected = order == Order::ascending ? seen : count - 1 - seen;
        ASSERT_EQ(std::get<Uuid>(document.values.at(0)), uuid(expected));
        ++seen;
      }
      query.after = page.next;
    } while (!query.after.empty());
    ASSERT_EQ(seen, count);
  }
}

// What a query must find, said in another way: everything, filtered and sorted.
std::vector<Document> filtered(std::vector<Document> documents, const Query& query,
                               const std::vector<std::size_t>& order) {
  std::erase_if(documents, [&](const Document& document) {
    const auto values = values_at(document, order);
    if (!std::equal(query.equals.begin(), query.equals.end(), values.begin())) {
      return true;
    }
    if (query.equals.size() == values.size()) {
      return false;
    }
    const auto& next = values.at(query.equals.size());
    const auto below = [](const Value& a, const Value& b, bool inclusive) {
      return inclusive ? !(b < a) : a < b;
    };
    return (query.from && !below(query.from->value, next, query.from->inclusive)) ||
           (query.to && !below(next, query.to->value, query.to->inclusive));
  });
  std::ranges::sort(documents, [&](const Document& a, const Document& b) {
    return query.order == Order::ascending ? values_at(a, order) < values_at(b, order)
                                           : values_at(b, order) < values_at(a, order);
  });
  return documents;
}

TEST_P(Find, AgreesWithFilteringEverything) {
  const auto seed = choose_seed();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const auto upto = [&](std::uint64_t max) { return random() % (max + 1); };
  const std::vector<std::string> teams{"", "blue", "red", "redder"};
  const auto member = [&](std::uint64_t id) {
    return Member{.id = id,
                  .team = teams.at(upto(3)),
                  .points = static_cast<std::int64_t>(upto(5)),
                  .joined = static_cast<std::int64_t>(upto(3)) - 1};
  };
  std::vector<Change> changes;
  changes.reserve(100);
  for (std::uint64_t id = 0; id < 100; ++id) {
    changes.emplace_back(insert(member(id)));
  }
  commit(std::move(changes));
  const auto everything = all_of(members);
  const auto& schema = test_schema().collection(members);
  std::size_t found = 0;
  for (int i = 0; i < 500; ++i) {
    const auto& index = upto(1) == 0 ? schema.index("points") : schema.index("team");
    const auto example = values_at(to_document(member(upto(100))), index.order);
    const auto prefix = upto(index.order.size() - 1);
    Query query{.collection = members, .index = index.name};
    query.equals.assign(example.begin(), example.begin() + static_cast<std::ptrdiff_t>(prefix));
    const auto bound = [&]() -> std::optional<Bound> {
      auto value = values_at(to_document(member(upto(100))), index.order).at(prefix);
      return upto(2) == 0 ? std::nullopt : std::optional(Bound{std::move(value), upto(1) == 0});
    };
    query.from = bound();
    query.to = bound();
    query.order = upto(1) == 0 ? Order::ascending : Order::descending;
    query.limit = 1 + upto(20);
    const auto expected = filtered(everything, query, index.order);
    ASSERT_EQ(read_pages(store(), query).documents, expected);
    found += expected.size();
  }
  EXPECT_GT(found, 500U);
}

}  // namespace
}  // namespace wattback::store::conformance

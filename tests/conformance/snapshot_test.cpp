// Snapshots: one moment, whatever is written later.
#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

using testing::ElementsAre;

class Snapshots : public Conformance {};
INSTANTIATE_TEST_SUITE_P(conformance, Snapshots, testing::ValuesIn(stores_under_test()), name_of);

constexpr Query all_members{.collection = members};

TEST_P(Snapshots, AreUnmovedByLaterWrites) {
  const Member one{.id = 1, .email = "one", .points = 1};
  const Member two{.id = 2, .points = 2};
  const Member three{.id = 3, .points = 3};
  commit({insert(one), insert(two)});
  const auto before = store().snapshot();
  const Member moved{.id = 1, .email = "moved", .points = 9, .version = 2};
  commit({replace(one, moved), remove(two), insert(three)});
  const auto after = store().snapshot();
  commit({remove(moved), insert({.id = 4})});

  EXPECT_THAT(scan_all(*before, all_members), ElementsAre(to_document(one), to_document(two)));
  EXPECT_THAT(scan_all(*after, all_members), ElementsAre(to_document(moved), to_document(three)));
  const std::vector keys{member_key(2), email_key("one"), email_key("moved"), member_key(3)};
  EXPECT_THAT(before->get(members, keys),
              ElementsAre(to_document(two), to_document(one), std::nullopt, std::nullopt));
  EXPECT_THAT(after->get(members, keys),
              ElementsAre(std::nullopt, std::nullopt, to_document(moved), to_document(three)));
}

TEST_P(Snapshots, AreOfOneMomentAcrossCollections) {
  commit({insert({.id = 1}), Insert{entries, entry(1, 1, "a")}});
  const auto snapshot = store().snapshot();
  commit({insert({.id = 2}), Insert{entries, entry(2, 1, "b")}});
  EXPECT_THAT(scan_all(*snapshot, {.collection = entries}), ElementsAre(entry(1, 1, "a")));
  EXPECT_THAT(scan_all(*snapshot, all_members), ElementsAre(to_document({.id = 1})));
}

TEST_P(Snapshots, OfNothingStayEmpty) {
  const auto snapshot = store().snapshot();
  commit({insert({.id = 1})});
  EXPECT_TRUE(scan_all(*snapshot, all_members).empty());
}

TEST_P(Snapshots, ScanAsQueriesFindWithoutTheLimit) {
  std::vector<Change> changes;
  changes.reserve(2 * page_documents_max);
  for (std::uint64_t id = 0; id < 2 * page_documents_max; ++id) {
    changes.emplace_back(insert({.id = id, .points = static_cast<std::int64_t>(id % 10)}));
  }
  commit(std::move(changes));
  const auto snapshot = store().snapshot();
  for (const auto order : {Order::ascending, Order::descending}) {
    Query query{.collection = members,
                .index = "points",
                .from = Bound{.value = std::int64_t{2}, .inclusive = false},
                .to = Bound{.value = std::int64_t{8}},
                .order = order};
    const auto scanned = scan_all(*snapshot, query);
    query.limit = 100;
    EXPECT_EQ(scanned, read_pages(store(), query).documents);
    EXPECT_EQ(scanned.size(), 2 * page_documents_max / 10 * 6);
    query.limit = 1;
    EXPECT_EQ(scan_all(*snapshot, query), scanned);
    query.after = {std::int64_t{5}, uuid(1005)};
    const auto rest = scan_all(*snapshot, query);
    ASSERT_LT(rest.size(), scanned.size());
    EXPECT_TRUE(std::equal(rest.rbegin(), rest.rend(), scanned.rbegin()));
  }
}

TEST_P(Snapshots, StopWhenTheSinkSaysSo) {
  std::vector<Change> changes;
  changes.reserve(10);
  for (std::uint64_t id = 0; id < 10; ++id) {
    changes.emplace_back(insert({.id = id}));
  }
  commit(std::move(changes));
  const auto snapshot = store().snapshot();
  int calls = 0;
  snapshot->scan(all_members, [&](const Document&) { return ++calls < 3; });
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(scan_all(*snapshot, all_members).size(), 10U);
}

TEST_P(Snapshots, SurviveASinkThatThrows) {
  commit({insert({.id = 1}), insert({.id = 2})});
  const auto snapshot = store().snapshot();
  const auto sink = [](const Document&) -> bool { throw std::runtime_error("enough"); };
  EXPECT_THROW(snapshot->scan(all_members, sink), std::runtime_error);
  EXPECT_EQ(scan_all(*snapshot, all_members).size(), 2U);
}

TEST_P(Snapshots, LetTheSinkWriteToTheStore) {
  commit({insert({.id = 1}), insert({.id = 2})});
  const auto snapshot = store().snapshot();
  std::uint64_t next = 100;
  snapshot->scan(all_members, [&](const Document&) {
    commit({insert({.id = next++})});
    return next < 110;  // a scan that sees them would not end
  });
  EXPECT_EQ(next, 102U);
  EXPECT_EQ(all_of(members).size(), 4U);
}

TEST_P(Snapshots, LetTheSinkReadTheSnapshot) {
  commit({insert({.id = 1}), insert({.id = 2}), insert({.id = 3})});
  const auto snapshot = store().snapshot();
  std::vector<Document> seen;
  snapshot->scan(all_members, [&](const Document& document) {
    const auto again = std::vector{primary_key(test_schema().collection(members), document)};
    seen.push_back(snapshot->get(members, again).at(0).value());
    return scan_all(*snapshot, all_members).size() == 3;
  });
  EXPECT_EQ(seen.size(), 3U);
}

}  // namespace
}  // namespace wattback::store::conformance

// Reading documents by their keys.
#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

class Get : public Conformance {};
INSTANTIATE_TEST_SUITE_P(conformance, Get, testing::ValuesIn(stores_under_test()), name_of);

TEST_P(Get, AnswersInTheOrderOfTheKeys) {
  commit({insert({.id = 1}), insert({.id = 2}), insert({.id = 3})});
  const std::vector keys{member_key(3), member_key(1), member_key(2)};
  EXPECT_THAT(
      store().get(members, keys),
      testing::ElementsAre(to_document({.id = 3}), to_document({.id = 1}), to_document({.id = 2})));
}

TEST_P(Get, AnswersNothingForWhatIsMissingAndTwiceForWhatIsAskedTwice) {
  commit({insert({.id = 1}), insert({.id = 2})});
  const std::vector keys{member_key(9), member_key(2), member_key(8), member_key(2), member_key(9)};
  EXPECT_THAT(store().get(members, keys),
              testing::ElementsAre(std::nullopt, to_document({.id = 2}), std::nullopt,
                                   to_document({.id = 2}), std::nullopt));
}

TEST_P(Get, AnswersNoKeysWithNoDocuments) { EXPECT_TRUE(store().get(members, {}).empty()); }

TEST_P(Get, FindsByAUniqueIndex) {
  const Member one{.id = 1, .email = "one@example.org", .badge = 7};
  const Member two{.id = 2, .email = "two@example.org", .team = "blue", .badge = 7};
  commit({insert(one), insert(two), insert({.id = 3})});
  const std::vector keys{email_key("two@example.org"), email_key("none@example.org"),
                         badge_key("red", 7), badge_key("blue", 7), badge_key("blue", 8)};
  EXPECT_THAT(store().get(members, keys),
              testing::ElementsAre(to_document(two), std::nullopt, to_document(one),
                                   to_document(two), std::nullopt));
}

TEST_P(Get, FindsNothingByAKeyWithAnAbsentValue) {
  commit({insert({.id = 1}), insert({.id = 2, .badge = 7})});
  const std::vector keys{Key{.collection = members, .index = "email", .values = {Value{}}},
                         Key{.collection = members, .index = "badge", .values = {"red", Value{}}}};
  EXPECT_THAT(store().get(members, keys), testing::ElementsAre(std::nullopt, std::nullopt));
}

TEST_P(Get, TakesKeysOfDifferentIndexesInOneCall) {
  const Member one{.id = 1, .email = "one@example.org"};
  commit({insert(one), insert({.id = 2})});
  const std::vector keys{email_key("one@example.org"), member_key(2), member_key(1)};
  EXPECT_THAT(store().get(members, keys),
              testing::ElementsAre(to_document(one), to_document({.id = 2}), to_document(one)));
}

TEST_P(Get, FindsByAKeyOfSeveralFields) {
  commit({Insert{entries, entry(1, 1, "a")}, Insert{entries, entry(1, 2, "b")},
          Insert{entries, entry(2, 1, "c")}});
  const std::vector keys{entry_key(2, 1), entry_key(1, 2), entry_key(2, 2)};
  EXPECT_THAT(store().get(entries, keys),
              testing::ElementsAre(entry(2, 1, "c"), entry(1, 2, "b"), std::nullopt));
}

TEST_P(Get, FindsWhereTheShardIsNotInTheKey) {
  const auto reading = make_document(readings, {{"reading_id", uuid(1)},
                                                {"member_id", uuid(5)},
                                                {"label", "roof"},
                                                {"version", std::int64_t{1}}});
  commit({Insert{readings, reading}});
  EXPECT_EQ(get({.collection = readings, .values = {uuid(1)}, .shard = uuid(5)}), reading);
  EXPECT_EQ(get({.collection = readings,
                 .index = "label",
                 .values = {uuid(5), "roof"},
                 .shard = uuid(5)}),
            reading);
}

TEST_P(Get, TakesManyKeys) {
  constexpr std::int64_t count = 5000;
  std::vector<Change> changes;
  std::vector<Key> keys;
  for (std::int64_t seq = 0; seq < count; ++seq) {
    changes.emplace_back(Insert{entries, entry(1, seq, "x")});
    keys.push_back(entry_key(1, count - 1 - seq));
  }
  commit(std::move(changes));
  const auto found = store().get(entries, keys);
  ASSERT_EQ(found.size(), keys.size());
  for (std::int64_t seq = 0; seq < count; ++seq) {
    ASSERT_EQ(found[static_cast<std::size_t>(seq)], entry(1, count - 1 - seq, "x"));
  }
}

}  // namespace
}  // namespace wattback::store::conformance

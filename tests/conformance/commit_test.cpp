// Commits: what they change, what they refuse and what a refused one leaves.
#include <algorithm>

#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Commit : public Conformance {
 protected:
  // Refused for this reason, naming these keys.
  template <class... Keys>
  void expect_refused(std::vector<Change> changes, Refusal::Reason reason, const Keys&... keys) {
    const auto refusal = refusal_of(std::move(changes));
    EXPECT_EQ(refusal.reason, reason);
    EXPECT_THAT(refusal.keys, UnorderedElementsAre(keys...));
  }
};
INSTANTIATE_TEST_SUITE_P(conformance, Commit, testing::ValuesIn(stores_under_test()), name_of);

constexpr auto conflict = Refusal::Reason::conflict;
constexpr auto already_exists = Refusal::Reason::already_exists;
constexpr auto invalid = Refusal::Reason::invalid;

TEST_P(Commit, OfNothingSucceeds) {
  commit({});
  EXPECT_THAT(all_of(members), IsEmpty());
}

TEST_P(Commit, InsertsReplacesAndRemoves) {
  const Member one{.id = 1, .points = 5};
  const Member two{.id = 2};
  commit({insert(one), insert(two)});
  const Member richer{.id = 1, .points = 9, .version = 2};
  const Member three{.id = 3};
  commit({replace(one, richer), remove(two), insert(three)});
  EXPECT_THAT(all_of(members), ElementsAre(to_document(richer), to_document(three)));
}

TEST_P(Commit, ReplacesFieldsOfIndexesInEveryIndex) {
  const Member before{.id = 1, .email = "old", .badge = 1, .points = 5};
  const Member after{.id = 1, .email = "new", .team = "blue", .points = 6, .version = 2};
  commit({insert(before)});
  commit({replace(before, after)});
  EXPECT_EQ(get(email_key("old")), std::nullopt);
  EXPECT_EQ(get(badge_key("red", 1)), std::nullopt);
  EXPECT_EQ(get(email_key("new")), to_document(after));
  const auto found = [&](std::int64_t points) {
    return store().find(
        {.collection = members, .index = "points", .equals = {points}, .limit = 10});
  };
  EXPECT_THAT(found(5).documents, IsEmpty());
  EXPECT_THAT(found(6).documents, ElementsAre(to_document(after)));
}

TEST_P(Commit, ConflictsWhereTheVersionIsAnother) {
  const Member first{.id = 1};
  const Member second{.id = 1, .points = 1, .version = 2};
  commit({insert(first)});
  commit({replace(first, second)});
  const Member late{.id = 1, .points = 7, .version = 3};
  expect_refused({replace(first, late)}, conflict, member_key(1));
  expect_refused({remove(first)}, conflict, member_key(1));
  const Member ahead{.id = 1, .version = 5};
  expect_refused({replace(ahead, next_version(ahead))}, conflict, member_key(1));
  EXPECT_THAT(all_of(members), ElementsAre(to_document(second)));
}

TEST_P(Commit, ConflictsWhereTheDocumentIsGone) {
  const Member one{.id = 1};
  expect_refused({replace(one, next_version(one))}, conflict, member_key(1));
  commit({insert(one)});
  commit({remove(one)});
  expect_refused({remove(one)}, conflict, member_key(1));
  expect_refused({replace(one, next_version(one))}, conflict, member_key(1));
  EXPECT_THAT(all_of(members), IsEmpty());
}

TEST_P(Commit, RemovesWhatHasNoVersionWhereItIsThere) {
  commit({Insert{entries, entry(1, 1, "a")}, Insert{entries, entry(1, 2, "b")}});
  commit({Remove{entries, entry(1, 1, "a")}});
  EXPECT_THAT(all_of(entries), ElementsAre(entry(1, 2, "b")));
  expect_refused({Remove{entries, entry(1, 1, "a")}}, conflict, entry_key(1, 1));
}

TEST_P(Commit, NamesEveryDocumentInConflict) {
  commit({insert({.id = 1, .version = 2}), insert({.id = 2}), insert({.id = 3, .version = 2})});
  expect_refused(
      {replace({.id = 1}, {.id = 1, .version = 2}), replace({.id = 2}, {.id = 2, .version = 2}),
       remove({.id = 3}), remove({.id = 4})},
      conflict, member_key(1), member_key(3), member_key(4));
}

TEST_P(Commit, RefusesAPrimaryKeyThatIsTaken) {
  commit({insert({.id = 1, .points = 5})});
  expect_refused({insert({.id = 1, .points = 6})}, already_exists, member_key(1));
  EXPECT_THAT(all_of(members), ElementsAre(to_document({.id = 1, .points = 5})));

  commit({Insert{entries, entry(1, 1, "a")}});
  expect_refused({Insert{entries, entry(1, 1, "b")}}, already_exists, entry_key(1, 1));
}

TEST_P(Commit, RefusesAUniqueFieldThatIsTaken) {
  const Member one{.id = 1, .email = "one", .badge = 7};
  const Member two{.id = 2};
  commit({insert(one), insert(two)});
  expect_refused({insert({.id = 3, .email = "one"})}, already_exists, email_key("one"));
  expect_refused({insert({.id = 3, .badge = 7})}, already_exists, badge_key("red", 7));
  expect_refused({replace(two, {.id = 2, .email = "one", .version = 2})}, already_exists,
                 email_key("one"));
  EXPECT_THAT(all_of(members), ElementsAre(to_document(one), to_document(two)));
}

TEST_P(Commit, NamesEveryKeyThatIsTaken) {
  commit({insert({.id = 1, .email = "one", .badge = 1}), insert({.id = 2, .email = "two"})});
  expect_refused({insert({.id = 1, .email = "two"}), insert({.id = 3, .badge = 1}),
                  insert({.id = 4, .email = "four"})},
                 already_exists, member_key(1), email_key("two"), badge_key("red", 1));
  EXPECT_EQ(get(member_key(4)), std::nullopt);
}

TEST_P(Commit, RefusesOneUniqueFieldTwiceInOneSet) {
  expect_refused({insert({.id = 1, .email = "same"}), insert({.id = 2, .email = "same"})},
                 already_exists, email_key("same"));
  EXPECT_THAT(all_of(members), IsEmpty());
}

TEST_P(Commit, LetsUniqueFieldsBeAbsentInManyDocuments) {
  commit({insert({.id = 1}), insert({.id = 2}), insert({.id = 3})});
  commit({insert({.id = 4})});
  EXPECT_EQ(all_of(members).size(), 4U);
}

TEST_P(Commit, LetsAReplacedDocumentKeepItsUniqueFields) {
  const Member one{.id = 1, .email = "one", .badge = 1};
  const Member richer{.id = 1, .email = "one", .badge = 1, .points = 4, .version = 2};
  commit({insert(one)});
  commit({replace(one, richer)});
  EXPECT_EQ(get(email_key("one")), to_document(richer));
}

TEST_P(Commit, FreesUniqueFieldsForLaterCommits) {
  const Member one{.id = 1, .email = "one"};
  const Member two{.id = 2, .email = "two"};
  commit({insert(one), insert(two)});
  commit({replace(one, {.id = 1, .email = "other", .version = 2}), remove(two)});
  commit({insert({.id = 3, .email = "one"}), insert({.id = 4, .email = "two"})});
  EXPECT_EQ(get(email_key("one")), to_document({.id = 3, .email = "one"}));
  EXPECT_EQ(get(email_key("two")), to_document({.id = 4, .email = "two"}));
}

TEST_P(Commit, FreesUniqueFieldsForItsOwnChangesInAnyOrder) {
  const Member one{.id = 1, .email = "one"};
  const Member two{.id = 2, .email = "two"};
  std::vector<Change> changes{replace(one, {.id = 1, .email = "other", .version = 2}), remove(two),
                              insert({.id = 3, .email = "one"}), insert({.id = 4, .email = "two"})};
  commit({insert(one), insert(two)});
  std::ranges::reverse(changes);
  commit(changes);
  EXPECT_EQ(get(email_key("one")), to_document({.id = 3, .email = "one"}));
  EXPECT_EQ(get(email_key("two")), to_document({.id = 4, .email = "two"}));
}

TEST_P(Commit, SwapsUniqueFieldsOfTwoDocuments) {
  const Member one{.id = 1, .email = "one"};
  const Member two{.id = 2, .email = "two"};
  commit({insert(one), insert(two)});
  commit({replace(one, {.id = 1, .email = "two", .version = 2}),
          replace(two, {.id = 2, .email = "one", .version = 2})});
  EXPECT_EQ(get(email_key("one")), to_document({.id = 2, .email = "one", .version = 2}));
  EXPECT_EQ(get(email_key("two")), to_document({.id = 1, .email = "two", .version = 2}));
}

TEST_P(Commit, InsertsAgainWhatWasRemoved) {
  const Member one{.id = 1, .email = "one"};
  commit({insert(one)});
  commit({remove(one)});
  commit({insert(one)});
  EXPECT_THAT(all_of(members), ElementsAre(to_document(one)));
}

// The failing change stands first, between and last among others of several collections.
TEST_P(Commit, LeavesNothingOfARefusedSet) {
  const Member one{.id = 1, .email = "one"};
  const Member two{.id = 2, .points = 5};
  commit({insert(one), insert(two)});
  const std::vector<Change> failing{insert({.id = 1}), insert({.id = 8, .email = "one"}),
                                    remove({.id = 9}), replace({.id = 9}, {.id = 9, .version = 2}),
                                    insert({.id = 8, .points = -1})};
  const std::vector<Change> good{insert({.id = 5}), replace(two, {.id = 2, .version = 2}),
                                 Insert{entries, entry(1, 1, "a")}, insert({.id = 6})};
  for (const auto& fault : failing) {
    for (std::size_t place = 0; place <= good.size(); ++place) {
      auto changes = good;
      changes.insert(changes.begin() + static_cast<std::ptrdiff_t>(place), fault);
      refusal_of(std::move(changes));
      ASSERT_THAT(all_of(members), ElementsAre(to_document(one), to_document(two)));
      ASSERT_THAT(all_of(entries), IsEmpty());
    }
  }
  commit(good);
}

TEST_P(Commit, CallsASetInvalidBeforeItComparesAnything) {
  commit({insert({.id = 1, .version = 2})});
  expect_refused({insert({.id = 1}), remove({.id = 1}), insert({.id = 3, .points = -1})}, invalid,
                 member_key(3));
}

TEST_P(Commit, NamesConflictsBeforeTakenKeys) {
  commit({insert({.id = 1, .version = 2}), insert({.id = 2})});
  expect_refused({insert({.id = 2}), remove({.id = 1})}, conflict, member_key(1));
}

Insert child(std::int64_t id, std::uint64_t member) {
  return {children, make_document(children, {{"child_id", id}, {"member_id", uuid(member)}})};
}

TEST_P(Commit, ChecksReferencesAsItSays) {
  commit({child(1, 1), insert({.id = 1})});  // the referred to may follow in the same set
  if (store().capabilities().checks_references) {
    EXPECT_EQ(refusal_of({insert({.id = 2}), child(2, 9)}).reason, invalid);
    EXPECT_EQ(get(member_key(2)), std::nullopt);
    expect_refused({remove({.id = 1})}, invalid, member_key(1));
  } else {
    commit({insert({.id = 2}), child(2, 9)});
  }
  commit({remove({.id = 1}), Remove{children, child(1, 1).document}});
}

TEST_P(Commit, NamesConflictsAndTakenKeysBeforeReferences) {
  commit({insert({.id = 1, .version = 2}), insert({.id = 2})});
  expect_refused({child(1, 9), remove({.id = 1})}, conflict, member_key(1));
  expect_refused({child(1, 9), insert({.id = 2})}, already_exists, member_key(2));
  EXPECT_THAT(all_of(children), IsEmpty());
}

// Though the schema it was first made by is gone, and another has been applied since.
TEST_P(Commit, NamesKeysThatStayReadable) {
  const auto fresh = under_test().make();
  auto schema = std::make_unique<Schema>(test_schema());
  fresh->apply_schema(*schema);
  schema.reset();
  const Member one{.id = 1, .email = "one"};
  ASSERT_TRUE(fresh->commit({{insert(one)}}));
  const auto taken = fresh->commit({{insert({.id = 2, .email = "one"})}});
  const auto changed = fresh->commit({{remove(next_version(one))}});
  const auto forbidden = fresh->commit({{insert({.id = 3, .points = -1})}});
  fresh->apply_schema(test_schema());
  ASSERT_FALSE(taken || changed || forbidden);
  EXPECT_THAT(taken.error().keys, ElementsAre(email_key("one")));
  EXPECT_THAT(changed.error().keys, ElementsAre(member_key(1)));
  EXPECT_THAT(forbidden.error().keys, ElementsAre(member_key(3)));
}

TEST_P(Commit, RefusesEachDocumentItNames) {
  const auto refusal = refusal_of({insert({.id = 1, .points = -1}), insert({.id = 2}),
                                   insert({.id = 3, .team = "far too long a name"})});
  EXPECT_EQ(refusal.reason, invalid);
  EXPECT_THAT(refusal.keys, UnorderedElementsAre(member_key(1), member_key(3)));
  EXPECT_THAT(refusal.detail, testing::HasSubstr("members.points"));
}

}  // namespace
}  // namespace wattback::store::conformance

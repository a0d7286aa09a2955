// Revisions: what tells that something kept of earlier reads is old.
#include <chrono>
#include <thread>

#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

class Revision : public Conformance {};
INSTANTIATE_TEST_SUITE_P(conformance, Revision, testing::ValuesIn(stores_under_test()), name_of);

TEST_P(Revision, MovesWithEveryCommitThatChangesTheCollection) {
  const Member one{.id = 1, .email = "one"};
  const Member moved{.id = 1, .email = "moved", .version = 2};
  auto last = store().revision(members);
  for (const Change& change :
       {Change(insert(one)), Change(replace(one, moved)), Change(remove(moved))}) {
    commit({change});
    EXPECT_GT(store().revision(members), last);
    last = store().revision(members);
  }
}

TEST_P(Revision, MovesByOneWhereItTellsOfOthersAtOnce) {
  if (store().capabilities().revision_delay > Milliseconds(0)) {
    GTEST_SKIP() << "it tells of others' commits later";
  }
  commit({insert({.id = 1}), insert({.id = 2}), Insert{entries, entry(1, 1, "a")}});
  const auto before = store().revision(members);
  commit({insert({.id = 3}), insert({.id = 4}), Insert{entries, entry(1, 2, "b")}});
  EXPECT_EQ(store().revision(members), before + 1);
}

TEST_P(Revision, IsEachCollectionsOwn) {
  const auto of_members = store().revision(members);
  const auto of_entries = store().revision(entries);
  commit({Insert{entries, entry(1, 1, "a")}});
  EXPECT_EQ(store().revision(members), of_members);
  EXPECT_NE(store().revision(entries), of_entries);
}

TEST_P(Revision, StaysWhereNothingIsWritten) {
  commit({insert({.id = 1})});
  const auto before = store().revision(members);
  EXPECT_FALSE(store().commit({{insert({.id = 1})}}));
  store().find({.collection = members, .limit = 1});
  EXPECT_EQ(store().revision(members), before);
}

TEST_P(Revision, MovesWhenAnotherProcessHasWritten) {
  if (!store().capabilities().shared) {
    GTEST_SKIP() << "no other process writes it";
  }
  const auto other = under_test().reopen();
  other->apply_schema(schema());
  const auto delay = std::chrono::milliseconds(store().capabilities().revision_delay.count());
  for (std::uint64_t id = 1; id <= 50; ++id) {
    commit({insert({.id = 1000 + id})});
    const auto before = store().revision(members);
    ASSERT_TRUE(other->commit({{insert({.id = id})}}));
    std::this_thread::sleep_for(delay);
    ASSERT_GT(store().revision(members), before);
  }
}

}  // namespace
}  // namespace wattback::store::conformance

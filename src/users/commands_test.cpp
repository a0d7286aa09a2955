#include "users/commands.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/memory/memory_store.h"
#include "users/reads.h"

namespace wattback::users {
namespace {

class EditUserTest : public testing::Test {
 protected:
  EditUserTest() {
    database->apply_schema(store::product_schema());
    create(ada, "ada", Role::admin);
    create(bea, "bea", Role::admin);
    create(cleo, "cleo", Role::user);
  }

  void create(const UserId& user, const std::string& name, Role role) {
    commit::Workspace workspace(*database, store::product_schema());
    ASSERT_TRUE(commit::decide_on(
        workspace,
        CreateUser{
            .user = user, .name = name, .email = name + "@example.org", .role = role, .now = now}));
    ASSERT_TRUE(database->commit(workspace.take_changes()));
  }

  EditUser demote(const UserId& user, std::optional<UserId> other) const {
    return {.user = user, .role = Role::user, .other_administrator = other, .now = now};
  }

  ErrorCode refusal(const EditUser& edit) {
    commit::Workspace workspace(*database, store::product_schema());
    const auto reply = commit::decide_on(workspace, edit);
    EXPECT_TRUE(workspace.take_changes().changes.empty());
    return reply ? ErrorCode::internal : reply.error().code;
  }

  const UserId ada{make_uuid_v8({1})};
  const UserId bea{make_uuid_v8({2})};
  const UserId cleo{make_uuid_v8({3})};
  const Instant now{make_day(2026, 5, 4).time_since_epoch()};
  std::unique_ptr<store::Store> database = store::make_memory_store();
};

TEST_F(EditUserTest, NamesAnotherWhoAdministersStill) {
  EXPECT_EQ(refusal(demote(ada, std::nullopt)), ErrorCode::last_administrator);
  EXPECT_EQ(refusal(demote(ada, ada)), ErrorCode::last_administrator);
  EXPECT_EQ(refusal(demote(ada, cleo)), ErrorCode::last_administrator);
  EXPECT_EQ(refusal(demote(ada, UserId{make_uuid_v8({9})})), ErrorCode::last_administrator);
  EXPECT_EQ(find_other_administrator(*database, ada), bea);
  EXPECT_EQ(find_other_administrator(*database, bea), ada);
}

// As two servers would at once.
TEST_F(EditUserTest, TwoAdministratorsDoNotEndEachOther) {
  commit::Workspace first(*database, store::product_schema());
  commit::Workspace second(*database, store::product_schema());
  ASSERT_TRUE(commit::decide_on(first, demote(ada, bea)));
  ASSERT_TRUE(commit::decide_on(second, demote(bea, ada)));
  EXPECT_TRUE(database->commit(first.take_changes()));
  const auto refused = database->commit(second.take_changes());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, store::Refusal::Reason::conflict);
  EXPECT_EQ(refusal(demote(bea, ada)), ErrorCode::last_administrator);
}

TEST_F(EditUserTest, OneGroupDoesNotEndBoth) {
  commit::Workspace group(*database, store::product_schema());
  ASSERT_TRUE(commit::decide_on(group, demote(ada, bea)));
  const auto refused = commit::decide_on(group, demote(bea, ada));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::last_administrator);
}

}  // namespace
}  // namespace wattback::users

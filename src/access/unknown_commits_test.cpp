// The store forgets to say that a commit happened: each command is done once, and who asked is told
// so.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "access/commands.h"
#include "access/reads.h"
#include "commit/committer.h"
#include "store/memory/memory_store.h"
#include "support/faulty_store.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::access {
namespace {

using security::BearerKind;
using test_support::Fault;
using test_support::FaultyStore;

class UnknownCommits : public testing::Test {
 protected:
  UnknownCommits() {
    below_->apply_schema(store::product_schema());
    EXPECT_TRUE(committer_.run(users::CreateUser{.user = user,
                                                 .name = "Rosa",
                                                 .email = "rosa@example.org",
                                                 .time_zone = std::nullopt,
                                                 .password = "a hash",
                                                 .now = now}));
  }

  // Its answer; its first commit happens, and the committer is not told.
  template <commit::Command C>
  C::Reply run(const C& command) {
    const auto before = forgotten();
    faulty_.set_plan(test_support::in_turn({test_support::unknown_after()}));
    auto reply = committer_.run(command);
    EXPECT_EQ(forgotten(), before + 1);
    EXPECT_TRUE(reply) << reply.error().detail;
    return *std::move(reply);
  }

  StartSession sign_in() {
    const auto made = security::make_bearer(BearerKind::session, make_uuid_v7(now));
    return {.bearer = made.bearer,
            .user = user,
            .password = password_digest(rosa()),
            .device = "curl",
            .oldest = {},
            .now = now};
  }

  users::User rosa() { return users::find(store(), user).value(); }
  store::Store& store() { return *below_; }

  const UserId user{make_uuid_v8({1})};
  const Instant now = Instant(make_day(2026, 5, 4).time_since_epoch());

 private:
  std::uint64_t forgotten() const { return faulty_.met(Fault::Kind::unknown_after); }

  std::unique_ptr<store::Store> below_ = store::make_memory_store();
  FaultyStore faulty_{*below_};
  commit::Committer committer_{faulty_, store::product_schema()};
  commit::WorkingThreads thread_{committer_};
};

TEST_F(UnknownCommits, OfSigningInAndOut) {
  const auto session = run(sign_in());
  EXPECT_EQ(list_sessions(store(), rosa(), now, 10, {}).items.size(), 1U);
  const auto ended =
      run(EndSession{.session = session.session_id, .user = user, .now = now + Milliseconds(5)});
  EXPECT_EQ(ended.ended_at, now + Milliseconds(5));
  EXPECT_TRUE(list_sessions(store(), rosa(), now, 10, {}).items.empty());
}

TEST_F(UnknownCommits, OfANewPassword) {
  const auto before = rosa();
  const auto changed = run(ChangePassword{
      .user = user, .password = password_digest(before), .new_hash = "another", .now = now});
  EXPECT_EQ(changed.password, "another");
  EXPECT_EQ(rosa().edition, before.edition + 1);
  const auto set = run(users::EditUser{
      .user = user, .time_zone = std::nullopt, .password = "set by an administrator", .now = now});
  EXPECT_EQ(set.password, "set by an administrator");
  EXPECT_EQ(rosa().edition, before.edition + 2);
}

TEST_F(UnknownCommits, OfTokens) {
  const auto made = security::make_bearer(BearerKind::token, make_uuid_v7(now));
  const auto token = run(CreateToken{.bearer = made.bearer,
                                     .name = "meter gateway",
                                     .expires_at = std::nullopt,
                                     .actor = operator_actor,
                                     .now = now});
  const auto revoked = run(RevokeToken{.token = token.token_id, .now = now + Milliseconds(5)});
  EXPECT_EQ(revoked.revoked_at, now + Milliseconds(5));
}

}  // namespace
}  // namespace wattback::access

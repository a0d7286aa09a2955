#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "access/commands.h"
#include "access/reads.h"
#include "security/password.h"
#include "store/memory/memory_store.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::access {
namespace {

using security::BearerKind;
using security::make_bearer;
using std::chrono::days;
using std::chrono::hours;

constexpr security::HashCost cheap{.operations = 1, .memory_bytes = 8UL * 1024};

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    database->apply_schema(store::product_schema());
    EXPECT_TRUE(run(users::CreateUser{.user = rosa_id,
                                      .name = "Rosa",
                                      .email = "rosa@example.org",
                                      .time_zone = std::nullopt,
                                      .password = hash("a good password"),
                                      .now = now}));
  }

  static std::string hash(const std::string& password) {
    return security::hash_password(password, cheap).value();
  }

  template <commit::Command C>
  Result<typename C::Reply> run(const C& command) {
    commit::Workspace workspace(*database, store::product_schema());
    auto reply = commit::decide_on(workspace, command);
    EXPECT_TRUE(database->commit(workspace.take_changes()));
    return reply;
  }

  users::User rosa() { return users::find(*database, rosa_id).value(); }

  security::NewBearer sign_in() {
    auto made = make_bearer(BearerKind::session, make_uuid_v7(now));
    EXPECT_TRUE(run(StartSession{.bearer = made.bearer,
                                 .user = rosa_id,
                                 .password = password_digest(rosa()),
                                 .device = "curl",
                                 .oldest = oldest_sessions(*database, rosa_id),
                                 .now = now}));
    return made;
  }

  security::NewBearer create_token(std::optional<Instant> expires_at) {
    auto made = make_bearer(BearerKind::token, make_uuid_v7(now));
    EXPECT_TRUE(run(CreateToken{.bearer = made.bearer,
                                .name = "meter gateway",
                                .expires_at = expires_at,
                                .actor = operator_actor,
                                .now = now}));
    return made;
  }

  users::EditUser edit() const { return {.user = rosa_id, .time_zone = std::nullopt, .now = now}; }

  bool is_let_in(const std::string& bearer, Instant moment) {
    const auto caller = authenticate(*database, bearer, moment);
    if (!caller) {
      EXPECT_EQ(caller.error().code, ErrorCode::unauthenticated);
    }
    return caller.has_value();
  }
  bool is_let_in(const std::string& bearer) { return is_let_in(bearer, now); }

  const UserId rosa_id{make_uuid_v8({1})};
  Instant now = Instant(make_day(2026, 5, 4).time_since_epoch());
  std::unique_ptr<store::Store> database = store::make_memory_store();
};

TEST_F(AccessTest, ASessionLetsItsUserIn) {
  const auto bearer = sign_in();
  const auto caller = authenticate(*database, bearer.text, now);
  ASSERT_TRUE(caller);
  EXPECT_EQ(std::get<SignedIn>(*caller).user.user_id, rosa_id);
  EXPECT_EQ(std::get<SignedIn>(*caller).session.session_id.uuid, bearer.bearer.id);
}

TEST_F(AccessTest, NothingElseLetsIn) {
  sign_in();
  EXPECT_FALSE(is_let_in(""));
  EXPECT_FALSE(is_let_in("wbs_"));
  // A session's id with another secret, and one that never was.
  const auto session = list_sessions(*database, rosa(), now, 10, {}).items.at(0);
  EXPECT_FALSE(is_let_in(make_bearer(BearerKind::session, session.session_id.uuid).text));
  EXPECT_FALSE(is_let_in(make_bearer(BearerKind::token, session.session_id.uuid).text));
  EXPECT_FALSE(is_let_in(make_bearer(BearerKind::session, make_uuid_v8({9})).text));
}

TEST_F(AccessTest, ASessionIsOverInTime) {
  const auto bearer = sign_in();
  EXPECT_TRUE(is_let_in(bearer.text, now + session_lasts - Milliseconds(1)));
  EXPECT_FALSE(is_let_in(bearer.text, now + session_lasts));
}

TEST_F(AccessTest, SigningOutEndsOneSession) {
  const auto one = sign_in();
  const auto two = sign_in();
  const EndSession end{.session = {one.bearer.id}, .user = rosa_id, .now = now + hours(1)};
  EXPECT_EQ(run(end)->ended_at, now + hours(1));
  EXPECT_FALSE(is_let_in(one.text));
  EXPECT_TRUE(is_let_in(two.text));
  auto again = end;
  again.now += hours(1);
  EXPECT_EQ(run(again)->ended_at, now + hours(1));
}

TEST_F(AccessTest, NobodyEndsTheSessionOfAnother) {
  const auto bearer = sign_in();
  const auto reply =
      run(EndSession{.session = {bearer.bearer.id}, .user = {make_uuid_v8({2})}, .now = now});
  EXPECT_EQ(reply.error().code, ErrorCode::not_found);
  EXPECT_TRUE(is_let_in(bearer.text));
}

TEST_F(AccessTest, ASuspendedUserIsOutAtOnceAndBackAfter) {
  const auto bearer = sign_in();
  auto suspend = edit();
  suspend.status = users::Status::suspended;
  ASSERT_TRUE(run(suspend));
  EXPECT_FALSE(is_let_in(bearer.text));
  suspend.status = users::Status::active;
  ASSERT_TRUE(run(suspend));
  EXPECT_TRUE(is_let_in(bearer.text));
}

TEST_F(AccessTest, ARoleIsThatOfNow) {
  const auto bearer = sign_in();
  auto promote = edit();
  promote.role = users::Role::admin;
  ASSERT_TRUE(run(promote));
  const auto caller = authenticate(*database, bearer.text, now);
  EXPECT_EQ(std::get<SignedIn>(*caller).user.role, users::Role::admin);
}

TEST_F(AccessTest, AnotherPasswordEndsAllSessions) {
  const auto one = sign_in();
  const auto two = sign_in();
  const ChangePassword change{.user = rosa_id,
                              .password = password_digest(rosa()),
                              .new_hash = hash("a better password"),
                              .now = now + hours(1)};
  EXPECT_EQ(run(change)->edition, 2);
  EXPECT_EQ(run(change)->edition, 2);  // a repeat finds it done
  EXPECT_FALSE(is_let_in(one.text));
  EXPECT_FALSE(is_let_in(two.text));
  EXPECT_TRUE(list_sessions(*database, rosa(), now, 10, {}).items.empty());
  const auto three = sign_in();
  EXPECT_TRUE(is_let_in(three.text));
  auto set = edit();  // by an administrator
  set.password = hash("a better password");
  ASSERT_TRUE(run(set));
  EXPECT_FALSE(is_let_in(three.text));
}

TEST_F(AccessTest, APasswordThatChangedMeanwhileStartsNothing) {
  const auto verified = password_digest(rosa());
  auto set = edit();
  set.password = hash("another password");
  ASSERT_TRUE(run(set));
  const auto bearer = make_bearer(BearerKind::session, make_uuid_v7(now));
  EXPECT_EQ(run(StartSession{.bearer = bearer.bearer,
                             .user = rosa_id,
                             .password = verified,
                             .device = "",
                             .now = now})
                .error()
                .code,
            ErrorCode::unauthenticated);
  EXPECT_EQ(run(ChangePassword{.user = rosa_id,
                               .password = verified,
                               .new_hash = hash("a third password"),
                               .now = now})
                .error()
                .code,
            ErrorCode::unauthenticated);
}

TEST_F(AccessTest, ADeviceIsAShortTextOrNone) {
  StartSession start{
      .bearer = {}, .user = rosa_id, .password = password_digest(rosa()), .device = "", .now = now};
  const auto begin = [&](std::string device) {
    start.bearer = make_bearer(BearerKind::session, make_uuid_v7(now)).bearer;
    start.device = std::move(device);
    return run(start);
  };
  EXPECT_TRUE(begin(""));
  EXPECT_EQ(begin("Küchentablet")->device, "Küchentablet");
  EXPECT_TRUE(begin(std::string(device_max, 'x')));
  for (const auto& device : {std::string(device_max + 1, 'x'), std::string("a\nb"),
                             std::string("a\0b", 3), std::string("\xff")}) {
    const auto refused = begin(device);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
    EXPECT_EQ(refused.error().fields.at(0).pointer, "device");
  }
  EXPECT_EQ(list_sessions(*database, rosa(), now, 10, {}).items.size(), 3U);
}

TEST_F(AccessTest, SessionsAndTokensAreFoundByTheirIds) {
  const SessionId session{sign_in().bearer.id};
  const TokenId token{create_token(std::nullopt).bearer.id};
  EXPECT_EQ(find_session(*database, session)->device, "curl");
  EXPECT_EQ(find_token(*database, token)->name, "meter gateway");
  ASSERT_TRUE(run(EndSession{.session = session, .user = rosa_id, .now = now}));
  EXPECT_EQ(find_session(*database, session)->ended_at, now);
  EXPECT_FALSE(find_session(*database, {token.uuid}));
  EXPECT_FALSE(find_token(*database, {session.uuid}));
}

TEST_F(AccessTest, SigningInWantsEmailAndPassword) {
  const auto decoy = hash("nobody's password");
  const auto verify = [&](const std::string& email, const std::string& password) {
    return verify_sign_in(*database, email, password, decoy);
  };
  EXPECT_EQ(verify("Rosa@Example.org", "a good password")->user_id, rosa_id);
  const auto wrong = verify("rosa@example.org", "a bad password").error();
  EXPECT_EQ(wrong.code, ErrorCode::unauthenticated);
  EXPECT_EQ(verify("nobody@example.org", "a good password").error().detail, wrong.detail);
  // The decoy's own password opens nothing.
  EXPECT_EQ(verify("nobody@example.org", "nobody's password").error().detail, wrong.detail);
  auto suspend = edit();
  suspend.status = users::Status::suspended;
  ASSERT_TRUE(run(suspend));
  EXPECT_EQ(verify("rosa@example.org", "a good password").error().detail, wrong.detail);
  suspend.status = users::Status::active;
  suspend.password = "";
  ASSERT_TRUE(run(suspend));
  EXPECT_EQ(verify("rosa@example.org", "").error().detail, wrong.detail);
  EXPECT_EQ(verify("rosa@example.org", "nobody's password").error().detail, wrong.detail);
}

TEST_F(AccessTest, SessionsAreListedNewestFirstWhileTheyHold) {
  std::vector<Uuid> made;
  for (int i = 0; i < 5; ++i) {
    made.push_back(sign_in().bearer.id);
    now += days(4);
  }
  // By now the first two are over.
  std::vector<Uuid> listed;
  store::Cursor after;
  do {
    auto page = list_sessions(*database, rosa(), now, 2, after);
    for (const auto& session : page.items) {
      listed.push_back(session.session_id.uuid);
    }
    after = std::move(page.next);
  } while (!after.empty());
  EXPECT_THAT(listed, testing::ElementsAre(made[4], made[3], made[2]));
}

TEST_F(AccessTest, SigningInRemovesWhatIsOver) {
  const auto ended = sign_in();
  ASSERT_TRUE(run(EndSession{.session = {ended.bearer.id}, .user = rosa_id, .now = now}));
  sign_in();
  now += session_lasts - hours(1);
  const auto holding = sign_in();
  now += hours(1);
  const auto newest = sign_in();
  EXPECT_THAT(oldest_sessions(*database, rosa_id),
              testing::ElementsAre(SessionId{holding.bearer.id}, SessionId{newest.bearer.id}));
  auto set = edit();
  set.password = hash("another password");
  ASSERT_TRUE(run(set));
  const auto after = sign_in();
  EXPECT_THAT(oldest_sessions(*database, rosa_id),
              testing::ElementsAre(SessionId{after.bearer.id}));
}

TEST_F(AccessTest, OneSessionMoreThanTheMostEndsTheOldest) {
  std::vector<security::NewBearer> made;
  for (std::size_t i = 0; i < sessions_max; ++i) {
    made.push_back(sign_in());
    now += hours(1);
  }
  EXPECT_TRUE(is_let_in(made.front().text));
  made.push_back(sign_in());
  EXPECT_FALSE(is_let_in(made.at(0).text));
  EXPECT_TRUE(is_let_in(made.at(1).text));
  EXPECT_EQ(list_sessions(*database, rosa(), now, 100, {}).items.size(), sessions_max);
}

TEST_F(AccessTest, SigningInRemovesNobodyElsesSession) {
  const auto other = sign_in();
  const UserId anna_id{make_uuid_v8({2})};
  ASSERT_TRUE(run(users::CreateUser{.user = anna_id,
                                    .name = "Anna",
                                    .email = "anna@example.org",
                                    .password = hash("her password"),
                                    .now = now}));
  const auto anna = users::find(*database, anna_id).value();
  EXPECT_TRUE(run(StartSession{.bearer = make_bearer(BearerKind::session, make_uuid_v7(now)).bearer,
                               .user = anna_id,
                               .password = password_digest(anna),
                               .oldest = {SessionId{other.bearer.id}},
                               .now = now}));
  EXPECT_TRUE(is_let_in(other.text));
}

TEST_F(AccessTest, ManySessionsOfOldAreRemovedByAndBy) {
  for (std::size_t i = 0; i < 5 * sessions_max; ++i) {
    ASSERT_TRUE(
        run(StartSession{.bearer = make_bearer(BearerKind::session, make_uuid_v7(now)).bearer,
                         .user = rosa_id,
                         .password = password_digest(rosa()),
                         .now = now}));
  }
  for (int i = 0; i < 5; ++i) {
    sign_in();
  }
  EXPECT_EQ(list_sessions(*database, rosa(), now, 1000, {}).items.size(), sessions_max);
}

TEST_F(AccessTest, NoMoreTokensHoldThanTheMost) {
  std::vector<security::NewBearer> made;
  made.reserve(tokens_max);
  for (std::size_t i = 0; i < tokens_max; ++i) {
    made.push_back(create_token(now + hours(1)));
  }
  CreateToken create{.bearer = make_bearer(BearerKind::token, make_uuid_v7(now)).bearer,
                     .name = "one more",
                     .expires_at = std::nullopt,
                     .tokens_held = count_tokens(*database, now),
                     .actor = operator_actor,
                     .now = now};
  EXPECT_EQ(run(create).error().code, ErrorCode::limit_exceeded);
  ASSERT_TRUE(run(RevokeToken{.token = {made.front().bearer.id}, .now = now}));
  create.tokens_held = count_tokens(*database, now);
  EXPECT_TRUE(run(create));
  EXPECT_EQ(count_tokens(*database, now), tokens_max);
  EXPECT_EQ(count_tokens(*database, now + hours(1)), 1U);
}

TEST_F(AccessTest, ATokenLetsInUntilItIsRevoked) {
  const auto bearer = create_token(std::nullopt);
  EXPECT_EQ(std::get<Token>(authenticate(*database, bearer.text, now).value()).name,
            "meter gateway");
  EXPECT_TRUE(is_let_in(bearer.text, now + days(4000)));
  const RevokeToken revoke{.token = {bearer.bearer.id}, .now = now + hours(1)};
  EXPECT_EQ(run(revoke)->revoked_at, now + hours(1));
  EXPECT_FALSE(is_let_in(bearer.text));
  EXPECT_EQ(run(RevokeToken{.token = {bearer.bearer.id}, .now = now + hours(2)})->revoked_at,
            now + hours(1));
  EXPECT_EQ(run(RevokeToken{.token = {make_uuid_v8({8})}, .now = now}).error().code,
            ErrorCode::not_found);
}

TEST_F(AccessTest, ATokenIsOverInTime) {
  const auto bearer = create_token(now + hours(1));
  EXPECT_TRUE(is_let_in(bearer.text, now + hours(1) - Milliseconds(1)));
  EXPECT_FALSE(is_let_in(bearer.text, now + hours(1)));
}

TEST_F(AccessTest, ATokenWantsANameAndAFuture) {
  const auto bearer = make_bearer(BearerKind::token, make_uuid_v7(now));
  CreateToken create{.bearer = bearer.bearer,
                     .name = "",
                     .expires_at = std::nullopt,
                     .actor = operator_actor,
                     .now = now};
  EXPECT_EQ(run(create).error().fields.at(0).pointer, "name");
  create.name = std::string(token_name_max + 1, 'x');
  EXPECT_EQ(run(create).error().fields.at(0).pointer, "name");
  create.name = "gate\tway";
  EXPECT_EQ(run(create).error().fields.at(0).pointer, "name");
  create.name = "gateway";
  create.expires_at = now;
  EXPECT_EQ(run(create).error().fields.at(0).pointer, "expires_at");
  create.expires_at = std::nullopt;
  ASSERT_TRUE(run(create));
  ASSERT_TRUE(run(create));  // a repeat finds its own
  EXPECT_EQ(list_tokens(*database, 10, {}).items.size(), 1U);
}

}  // namespace
}  // namespace wattback::access

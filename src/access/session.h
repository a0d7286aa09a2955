// Sessions: a user's sign-ins. A session is not part of the member's aggregate: whether it holds is
// decided at each request, from it and the user together, so that a change of the password, of the
// role or a suspension reaches every session at once without writing any of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "security/bearer.h"
#include "store/codec.h"
#include "users/user.h"

namespace wattback {
using SessionId = Id<struct SessionTag>;
}

namespace wattback::access {

struct Session {
  SessionId session_id;
  UserId user_id;
  Digest secret_digest{};
  Digest password_digest{};  // of users.password as it was at sign-in
  std::string device;        // what the client calls itself; empty: it does not say
  Instant created_at;
  Instant expires_at;
  std::optional<Instant> ended_at;
  std::int64_t version = 1;
};

inline constexpr store::Collection sessions_collection{"sessions"};
inline constexpr std::string_view index_user_id = "user_id";
inline constexpr std::size_t device_max = 200;
inline constexpr std::size_t sessions_max = 20;  // of a user, that hold
inline constexpr auto session_lasts = std::chrono::days(14);

const store::Codec<Session>& sessions_codec();
store::Key key(const SessionId& id);

// What binds a session to the password it was made with. The hash is salted, so setting the same
// password again gives another.
Digest password_digest(const users::User& user);

// Whether it is neither over nor ended, and of the password the user has now. Suspension is another
// question.
bool holds(const Session& session, const users::User& user, Instant now);

}  // namespace wattback::access

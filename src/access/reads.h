#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "access/session.h"
#include "access/token.h"
#include "store/read.h"

namespace wattback::access {

// Who makes a request: a user through a session, or an integrator through a token.
struct SignedIn {
  Session session;
  users::User user;
};
using Caller = std::variant<SignedIn, Token>;

// Who shows this text, read anew from the store: what was ended, revoked, expired or suspended in
// the meantime is not let in. `unauthenticated`, with the same words whatever the reason.
Result<Caller> authenticate(store::Store& store, std::string_view bearer, Instant now);

// The user with this email and password. `unauthenticated`, with the same words, for an unknown
// email, a wrong password, a user without one and a suspended one, after the same work: where there
// is no hash to verify against, `decoy` is, which must be of the cost in use. Takes as long as a
// hash does; never call it where others wait.
Result<users::User> verify_sign_in(store::Store& store, std::string_view email,
                                   std::string_view password, const std::string& decoy);

// Whether it holds or not.
std::optional<Session> find_session(store::Store& store, const SessionId& id);
std::optional<Token> find_token(store::Store& store, const TokenId& id);

// Those that hold now, newest first.
store::Listing<Session> list_sessions(store::Store& store, const users::User& user, Instant now,
                                      std::size_t limit, store::Cursor after);

// A user's sessions that a further one may end or remove, oldest first, whether they hold or not.
std::vector<SessionId> oldest_sessions(store::Store& store, const UserId& user);

// How many tokens hold, counted up to tokens_max.
std::size_t count_tokens(store::Store& store, Instant now);

// All, revoked and expired ones too, newest first.
store::Listing<Token> list_tokens(store::Store& store, std::size_t limit, store::Cursor after);

}  // namespace wattback::access

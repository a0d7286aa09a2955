#pragma once

#include <optional>
#include <string>
#include <vector>

#include "access/session.h"
#include "access/token.h"
#include "commit/command.h"

namespace wattback::access {

// Begins a session of a user whose password was verified against `password`, the hash as it was
// read then. `unauthenticated` when the user is gone, suspended or has another password by now;
// `invalid` for a device that parse_text refuses, though it may be empty. Of the user's oldest
// sessions those that are over are removed, and so many of those that hold that at most
// sessions_max do after it.
struct StartSession {
  using Reply = Session;

  security::Bearer bearer;
  UserId user;
  Digest password{};  // password_digest of the user who was verified
  std::string device;
  std::vector<SessionId> oldest;  // see oldest_sessions
  Instant now;

  std::vector<store::Key> keys() const;
  Result<Session> decide(commit::Workspace& workspace) const;
};

// Signs out. One of another user is `not_found`; one that is over stays as it is.
struct EndSession {
  using Reply = Session;

  SessionId session;
  UserId user;
  Instant now;

  std::vector<store::Key> keys() const { return {users::key(user), key(session)}; }
  Result<Session> decide(commit::Workspace& workspace) const;
};

// Replaces a password that was verified against `password`; with it all sessions of the user are
// over. `unauthenticated` when another stands by now.
struct ChangePassword {
  using Reply = users::User;

  UserId user;
  Digest password{};     // password_digest of the user who was verified
  std::string new_hash;  // of the new password
  Instant now;

  std::vector<store::Key> keys() const { return {users::key(user)}; }
  Result<users::User> decide(commit::Workspace& workspace) const;
};

// `limit_exceeded` when as many hold as there may be.
struct CreateToken {
  using Reply = Token;

  security::Bearer bearer;
  std::string name;
  std::optional<Instant> expires_at;  // after now
  std::size_t tokens_held = 0;        // see count_tokens
  Actor actor;
  Instant now;

  std::vector<store::Key> keys() const { return {key(TokenId{bearer.id})}; }
  Result<Token> decide(commit::Workspace& workspace) const;
};

// One that is revoked already stays as it is.
struct RevokeToken {
  using Reply = Token;

  TokenId token;
  Instant now;

  std::vector<store::Key> keys() const { return {key(token)}; }
  Result<Token> decide(commit::Workspace& workspace) const;
};

}  // namespace wattback::access

#include "access/commands.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wattback::access {
namespace {

// Ends and removes sessions until one more may be made. They are given oldest first.
void make_room(commit::Workspace& workspace, const users::User& user,
               const std::vector<SessionId>& oldest, Instant now) {
  std::vector<SessionId> holding;
  for (const auto& id : oldest) {
    const auto session = workspace.get(sessions_codec(), key(id));
    if (session && holds(*session, user, now)) {
      holding.push_back(id);
    } else if (session && session->user_id == user.user_id) {
      workspace.remove(key(id));
    }
  }
  for (std::size_t i = 0; i + sessions_max <= holding.size(); ++i) {
    workspace.remove(key(holding[i]));
  }
}

}  // namespace

std::vector<store::Key> StartSession::keys() const {
  std::vector<store::Key> keys{users::key(user), key(SessionId{bearer.id})};
  for (const auto& id : oldest) {
    keys.push_back(key(id));
  }
  return keys;
}

Result<Session> StartSession::decide(commit::Workspace& workspace) const {
  const SessionId id{bearer.id};
  if (auto own = workspace.get(sessions_codec(), key(id))) {
    return *std::move(own);
  }
  if (!device.empty()) {
    if (const auto parsed = parse_text("device", device, device_max); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  const auto found = workspace.get(users::codec(), users::key(user));
  if (!found || found->status != users::Status::active || password_digest(*found) != password) {
    return fail(ErrorCode::unauthenticated, "the email or the password is wrong");
  }
  Session session{.session_id = id,
                  .user_id = user,
                  .secret_digest = bearer.secret_digest,
                  .password_digest = password,
                  .device = device,
                  .created_at = now,
                  .expires_at = now + session_lasts,
                  .ended_at = std::nullopt};
  make_room(workspace, *found, oldest, now);
  workspace.insert(sessions_codec(), session);
  return session;
}

Result<Session> EndSession::decide(commit::Workspace& workspace) const {
  auto found = workspace.get(sessions_codec(), key(session));
  if (!found || found->user_id != user) {
    return fail(ErrorCode::not_found, "there is no such session");
  }
  if (!found->ended_at) {
    found->ended_at = now;
    workspace.replace(sessions_codec(), *found);
  }
  return *std::move(found);
}

Result<users::User> ChangePassword::decide(commit::Workspace& workspace) const {
  auto found = workspace.get(users::codec(), users::key(user));
  if (found && found->password == new_hash) {
    return *std::move(found);
  }
  if (!found || password_digest(*found) != password) {
    return fail(ErrorCode::unauthenticated, "the current password is wrong");
  }
  found->password = new_hash;
  found->updated_at = now;
  ++found->edition;
  workspace.replace(users::codec(), *found);
  return *std::move(found);
}

Result<Token> CreateToken::decide(commit::Workspace& workspace) const {
  const TokenId id{bearer.id};
  if (auto own = workspace.get(tokens_codec(), key(id))) {
    return *std::move(own);
  }
  if (const auto parsed = parse_text("name", name, token_name_max); !parsed) {
    return std::unexpected(parsed.error());
  }
  if (expires_at && *expires_at <= now) {
    return fail_field("expires_at", "must be in the future");
  }
  if (tokens_held >= tokens_max) {
    return fail(ErrorCode::limit_exceeded,
                fmt::format("there are {} tokens that hold; revoke one first", tokens_max));
  }
  Token token{.token_id = id,
              .name = name,
              .secret_digest = bearer.secret_digest,
              .created_by = actor,
              .created_at = now,
              .expires_at = expires_at,
              .revoked_at = std::nullopt};
  workspace.insert(tokens_codec(), token);
  return token;
}

Result<Token> RevokeToken::decide(commit::Workspace& workspace) const {
  auto found = workspace.get(tokens_codec(), key(token));
  if (!found) {
    return fail(ErrorCode::not_found, "there is no such token");
  }
  if (!found->revoked_at) {
    found->revoked_at = now;
    workspace.replace(tokens_codec(), *found);
  }
  return *std::move(found);
}

}  // namespace wattback::access

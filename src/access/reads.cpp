#include "access/reads.h"

#include <algorithm>

#include "security/password.h"
#include "users/reads.h"

namespace wattback::access {
namespace {

std::unexpected<Error> not_signed_in() {
  return fail(ErrorCode::unauthenticated, "sign in: this session or token does not hold");
}

Result<Caller> authenticate_session(store::Store& store, const security::Bearer& bearer,
                                    Instant now) {
  auto session = find_session(store, {bearer.id});
  if (!session || !security::same_digest(session->secret_digest, bearer.secret_digest)) {
    return not_signed_in();
  }
  auto user = users::find(store, session->user_id);
  if (!user || user->status != users::Status::active || !holds(*session, *user, now)) {
    return not_signed_in();
  }
  return SignedIn{.session = *std::move(session), .user = *std::move(user)};
}

Result<Caller> authenticate_token(store::Store& store, const security::Bearer& bearer,
                                  Instant now) {
  auto token = find_token(store, {bearer.id});
  if (!token || !security::same_digest(token->secret_digest, bearer.secret_digest) ||
      !holds(*token, now)) {
    return not_signed_in();
  }
  return *std::move(token);
}

}  // namespace

Result<Caller> authenticate(store::Store& store, std::string_view bearer, Instant now) {
  const auto parsed = security::parse_bearer(bearer);
  if (!parsed) {
    return not_signed_in();
  }
  switch (parsed->kind) {
    case security::BearerKind::session:
      return authenticate_session(store, *parsed, now);
    case security::BearerKind::token:
      return authenticate_token(store, *parsed, now);
  }
  return not_signed_in();
}

Result<users::User> verify_sign_in(store::Store& store, std::string_view email,
                                   std::string_view password, const std::string& decoy) {
  auto user = users::find_by_email(store, email);
  const bool has_password = user && !user->password.empty();
  const bool verified = security::verify_password(password, has_password ? user->password : decoy);
  if (!has_password || !verified || user->status != users::Status::active) {
    return fail(ErrorCode::unauthenticated, "the email or the password is wrong");
  }
  return *std::move(user);
}

std::optional<Session> find_session(store::Store& store, const SessionId& id) {
  return store::fetch(store, sessions_codec(), key(id));
}

std::optional<Token> find_token(store::Store& store, const TokenId& id) {
  return store::fetch(store, tokens_codec(), key(id));
}

store::Listing<Session> list_sessions(store::Store& store, const users::User& user, Instant now,
                                      std::size_t limit, store::Cursor after) {
  return store::list_filtered<Session>(
      store, sessions_codec(),
      {.collection = sessions_collection,
       .index = index_user_id,
       .equals = {user.user_id.uuid},
       .order = store::Order::descending,
       .limit = limit,
       .after = std::move(after)},
      [&](const Session& session) { return holds(session, user, now); });
}

std::vector<SessionId> oldest_sessions(store::Store& store, const UserId& user) {
  constexpr auto most = 2 * sessions_max;  // with those that a command writes besides: few enough
  const auto sessions = store::list(store, sessions_codec(),
                                    {.collection = sessions_collection,
                                     .index = index_user_id,
                                     .equals = {user.uuid},
                                     .limit = most});
  std::vector<SessionId> ids;
  ids.reserve(sessions.items.size());
  for (const auto& session : sessions.items) {
    ids.push_back(session.session_id);
  }
  return ids;
}

std::size_t count_tokens(store::Store& store, Instant now) {
  std::size_t count = 0;
  store::Query query{.collection = tokens_collection,
                     .index = index_created_at,
                     .order = store::Order::descending,
                     .limit = store::page_documents_max};
  do {
    auto page = store::list(store, tokens_codec(), query);
    for (const auto& token : page.items) {
      if (holds(token, now)) {
        ++count;
      }
    }
    query.after = std::move(page.next);
  } while (count < tokens_max && !query.after.empty());
  return std::min(count, tokens_max);
}

store::Listing<Token> list_tokens(store::Store& store, std::size_t limit, store::Cursor after) {
  return store::list(store, tokens_codec(),
                     {.collection = tokens_collection,
                      .index = index_created_at,
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::access

// Sessions and passwords.
#include <fmt/format.h>

#include "access/commands.h"
#include "api/handlers.h"
#include "forms/forms.h"
#include "users/commands.h"

namespace wattback::api {
namespace {

json::object form_of(const Call& call, const access::Session& session) {
  const bool is_current = session.session_id == call.signed_in().session.session_id;
  return {{"session_id", wattback::to_text(session.session_id)},
          {"device", session.device},
          {"created_at", wattback::to_text(session.created_at)},
          {"expires_at", wattback::to_text(session.expires_at)},
          {"current", is_current}};
}

SessionId session_id(const Call& call) {
  return call.parameters().text("session_id") == "current" ? call.signed_in().session.session_id
                                                           : SessionId{call.id("session_id")};
}

http::Task<Result<users::User>> verify(Call& call, std::string email, std::string password) {
  auto& tries = call.resources().tries;
  const auto digest = users::email_digest(email);
  if (auto may_try = tries.begin(digest, call.now()); !may_try) {
    co_return std::unexpected(std::move(may_try.error()));
  }
  std::move_only_function<Result<users::User>()> work = [&call, email = std::move(email),
                                                         password = std::move(password)] {
    return access::verify_sign_in(call.store(), email, password, call.resources().decoy);
  };
  try {
    auto user = co_await call.resources().hashing.run(std::move(work));
    if (user) {
      tries.succeed(digest);
    } else if (user.error().code == ErrorCode::overloaded) {  // before any password was looked at
      tries.take_back(digest);
    }
    co_return user;
  } catch (...) {
    tries.take_back(digest);
    throw;
  }
}

}  // namespace

http::Task<Result<std::string>> hash_password(Call& call, std::string password) {
  std::move_only_function<Result<std::string>()> work = [&call, password = std::move(password)] {
    return security::hash_password(password, call.resources().hash_cost);
  };
  return call.resources().hashing.run(std::move(work));
}

http::Task<Result<Answer>> create_session(Call& call) {
  const Fields body(call.body());
  auto email = body.text("email");
  auto password = body.text("password");
  const auto user = co_await verify(call, std::move(email), std::move(password));
  if (!user) {
    co_return std::unexpected(user.error());
  }
  const auto made = security::make_bearer(security::BearerKind::session, make_uuid_v7(call.now()));
  access::StartSession start{.bearer = made.bearer,
                             .user = user->user_id,
                             .password = access::password_digest(*user),
                             .device = body.find_text("device").value_or(""),
                             .oldest = access::oldest_sessions(call.store(), user->user_id),
                             .now = call.now()};
  const auto session = co_await call.run(std::move(start));
  if (!session) {
    co_return std::unexpected(session.error());
  }
  const auto id = wattback::to_text(session->session_id);
  co_return created("/api/v1/me/sessions/" + id,
                    {{"session_id", id},
                     {"token", made.text},
                     {"expires_at", wattback::to_text(session->expires_at)},
                     {"user", forms::form_of(*user)}});
}

http::Task<Result<Answer>> change_password(Call& call) {
  const Fields body(call.body());
  auto email = call.user().email;
  auto current = body.text("current_password");
  const auto user = co_await verify(call, std::move(email), std::move(current));
  if (!user && user.error().code == ErrorCode::unauthenticated) {
    // The session holds: a 401 would say it does not.
    co_return fail_field("current_password", "is not the password");
  }
  if (!user) {
    co_return std::unexpected(user.error());
  }
  auto password = body.text("new_password");
  auto hash = co_await hash_password(call, std::move(password));
  if (!hash) {
    co_return std::unexpected(hash.error());
  }
  access::ChangePassword change{.user = user->user_id,
                                .password = access::password_digest(*user),
                                .new_hash = *std::move(hash),
                                .now = call.now()};
  const auto changed = co_await call.run(std::move(change));
  co_return changed ? Result<Answer>(done()) : std::unexpected(changed.error());
}

http::Task<Result<Answer>> set_password(Call& call) {
  auto password = Fields(call.body()).text("new_password");
  auto hash = co_await hash_password(call, std::move(password));
  if (!hash) {
    co_return std::unexpected(hash.error());
  }
  users::EditUser edit{
      .user = call.member().user_id, .password = *std::move(hash), .now = call.now()};
  const auto user = co_await call.run(std::move(edit));
  co_return user ? Result<Answer>(done()) : std::unexpected(user.error());
}

Result<Answer> list_sessions(Call& call) {
  static const auto shape = shape_of(access::sessions_collection, access::index_user_id);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return access::list_sessions(call.store(), call.user(), call.now(), limit, std::move(after));
  };
  return call.list(shape, read,
                   [&call](const access::Session& session) { return form_of(call, session); });
}

Result<Answer> get_session(Call& call) {
  const auto session = access::find_session(call.store(), session_id(call));
  if (!session || !access::holds(*session, call.user(), call.now())) {
    return fail(ErrorCode::not_found, "there is no such session");
  }
  return Answer{.data = form_of(call, *session)};
}

http::Task<Result<Answer>> end_session(Call& call) {
  const access::EndSession end{
      .session = session_id(call), .user = call.user().user_id, .now = call.now()};
  const auto session = co_await call.run(end);
  co_return session ? Result<Answer>(done()) : std::unexpected(session.error());
}

}  // namespace wattback::api

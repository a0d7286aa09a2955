#include "access/commands.h"
#include "api/handlers.h"
#include "forms/forms.h"

namespace wattback::api {
namespace {

json::object form_of(const access::Token& token) { return forms::form_of(token); }

}  // namespace

Result<Answer> list_tokens(Call& call) {
  static const auto shape = shape_of(access::tokens_collection, access::index_created_at);
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return access::list_tokens(call.store(), limit, std::move(after));
  };
  return call.list(shape, read, form_of);
}

http::Task<Result<Answer>> create_token(Call& call) {
  const Fields body(call.body());
  const auto made = security::make_bearer(security::BearerKind::token, make_uuid_v7(call.now()));
  access::CreateToken create{.bearer = made.bearer,
                             .name = body.text("name"),
                             .expires_at = body.find_time("expires_at"),
                             .tokens_held = access::count_tokens(call.store(), call.now()),
                             .actor = call.actor(),
                             .now = call.now()};
  const auto token = co_await call.run(std::move(create));
  if (!token) {
    co_return std::unexpected(token.error());
  }
  auto form = form_of(*token);
  form["token"] = made.text;
  co_return created("/api/v1/tokens/" + wattback::to_text(token->token_id), std::move(form));
}

Result<Answer> get_token(Call& call) {
  const auto token = access::find_token(call.store(), TokenId{call.id("token_id")});
  if (!token) {
    return fail(ErrorCode::not_found, "there is no such token");
  }
  return Answer{.data = form_of(*token)};
}

http::Task<Result<Answer>> revoke_token(Call& call) {
  const access::RevokeToken revoke{.token = TokenId{call.id("token_id")}, .now = call.now()};
  const auto token = co_await call.run(revoke);
  co_return token ? Result<Answer>(done()) : std::unexpected(token.error());
}

}  // namespace wattback::api

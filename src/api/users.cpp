#include "users/commands.h"

#include "api/handlers.h"
#include "forms/forms.h"
#include "users/reads.h"

namespace wattback::api {
namespace {

json::object form_of(const users::User& user) { return forms::form_of(user); }

Answer answer_of(const users::User& user) {
  return edited(form_of(user), user.edition, user.version);
}

template <class E>
std::optional<E> find_enum(const Fields& body, std::string_view name) {
  const auto text = body.find_text(name);
  return text ? from_text<E>(*text) : std::nullopt;
}

}  // namespace

Result<Answer> list_users(Call& call) {
  static const auto shape = shape_of(users::collection, users::index_total_points);
  auto after = call.cursor(shape);
  if (!after) {
    return std::unexpected(after.error());
  }
  store::Listing<users::User> listing;
  if (const auto email = call.parameters().find_text("email")) {
    if (auto user = users::find_by_email(call.store(), *email)) {
      listing.items.push_back(*std::move(user));
    }
  } else {
    listing = users::list_by_points(call.store(), call.limit(), *std::move(after));
  }
  return call.page(listing, shape, form_of);
}

http::Task<Result<Answer>> create_user(Call& call) {
  const Fields body(call.body());
  const auto zone = body.find_zone("time_zone");
  if (!zone) {
    co_return std::unexpected(zone.error());
  }
  users::CreateUser create{.user = UserId{make_uuid_v7(call.now())},
                           .name = body.text("name"),
                           .email = body.text("email"),
                           .role = find_enum<users::Role>(body, "role").value_or(users::Role::user),
                           .time_zone = *zone,
                           .now = call.now()};
  if (auto password = body.find_text("password")) {
    auto hash = co_await hash_password(call, *std::move(password));
    if (!hash) {
      co_return std::unexpected(hash.error());
    }
    create.password = *std::move(hash);
  }
  const auto user = co_await call.run(std::move(create));
  if (!user) {
    co_return std::unexpected(user.error());
  }
  auto answer = created("/api/v1/users/" + wattback::to_text(user->user_id), form_of(*user));
  answer.etag = answer_of(*user).etag;
  co_return answer;
}

Result<Answer> get_user(Call& call) { return answer_of(call.member()); }

// The contract lets a member's own edit have name and time_zone alone.
http::Task<Result<Answer>> edit_user(Call& call) {
  const Fields body(call.body());
  const auto zone = body.find_zone("time_zone");
  if (!zone) {
    co_return std::unexpected(zone.error());
  }
  users::EditUser edit{.user = call.member().user_id,
                       .name = body.find_text("name"),
                       .email = body.find_text("email"),
                       .role = find_enum<users::Role>(body, "role"),
                       .status = find_enum<users::Status>(body, "status"),
                       .time_zone = *zone,
                       .expected_edition = call.expected_edition(),
                       .now = call.now()};
  const auto user = co_await call.run(std::move(edit));
  co_return user ? Result<Answer>(answer_of(*user)) : std::unexpected(user.error());
}

}  // namespace wattback::api

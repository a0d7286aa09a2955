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

// Who stays an administrator: the caller, unless the caller is the one who shall not.
std::optional<UserId> other_administrator(const Call& call, const users::EditUser& edit) {
  if (!edit.may_end_administration()) {
    return std::nullopt;
  }
  const auto& caller = call.user().user_id;
  return caller != edit.user ? caller : users::find_other_administrator(call.store(), caller);
}

store::Listing<users::User> list_by_email(store::Store& store, std::string_view email) {
  store::Listing<users::User> listing;
  if (auto user = users::find_by_email(store, email)) {
    listing.items.push_back(*std::move(user));
  }
  return listing;
}

// As the body says, but for the password.
Result<users::CreateUser> create_of(const Call& call) {
  const Fields body(call.body());
  auto zone = body.find_zone("time_zone");
  if (!zone) {
    return std::unexpected(std::move(zone.error()));
  }
  return users::CreateUser{.user = UserId{make_uuid_v7(call.now())},
                           .name = body.text("name"),
                           .email = body.text("email"),
                           .role = find_enum<users::Role>(body, "role").value_or(users::Role::user),
                           .time_zone = *std::move(zone),
                           .now = call.now()};
}

Answer created_answer(const users::User& user) {
  auto answer = answer_of(user);
  answer.status = 201;
  answer.location = "/api/v1/users/" + wattback::to_text(user.user_id);
  return answer;
}

}  // namespace

Result<Answer> list_users(Call& call) {
  static const auto shape = shape_of(users::collection, users::index_total_points);
  const auto email = call.parameters().find_text("email");
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return email ? list_by_email(call.store(), *email)
                 : users::list_by_points(call.store(), limit, std::move(after));
  };
  return call.list(shape, read, form_of);
}

http::Task<Result<Answer>> create_user(Call& call) {
  auto create = create_of(call);
  if (!create) {
    co_return std::unexpected(create.error());
  }
  if (auto password = Fields(call.body()).find_text("password")) {
    auto hash = co_await hash_password(call, *std::move(password));
    if (!hash) {
      co_return std::unexpected(hash.error());
    }
    create->password = *std::move(hash);
  }
  const auto user = co_await call.run(*std::move(create));
  co_return user ? Result<Answer>(created_answer(*user)) : std::unexpected(user.error());
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
                       .takes_programme_zone = body.is_null("time_zone"),
                       .expected_edition = call.expected_edition(),
                       .now = call.now()};
  edit.other_administrator = other_administrator(call, edit);
  const auto user = co_await call.run(std::move(edit));
  co_return user ? Result<Answer>(answer_of(*user)) : std::unexpected(user.error());
}

}  // namespace wattback::api

#include <fmt/format.h>

#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

Answer answer_of(const Result<users::User>& user) {
  if (!user) {
    return refused(user);
  }
  return {.facts = {{"edition", std::to_string(user->edition)}}};
}

Answer create(World& world, const Step& step) {
  const auto& user = step.value("user");
  const auto created =
      world.run(users::CreateUser{.user = world.user(user),
                                  .name = step.find("name").value_or(user),
                                  .email = step.find("email").value_or(user + "@example.org"),
                                  .role = to_word<users::Role>(step.find("role").value_or("User")),
                                  .time_zone = read_option(step, "zone", to_zone),
                                  .now = world.now()});
  if (created) {
    world.name_user(user, created->user_id);
  }
  return answer_of(created);
}

Answer edit(World& world, const Step& step) {
  const auto user = world.user(step.value("user"));
  const bool none = step.find("zone") == "none";  // of the user's own
  return answer_of(world.run(
      users::EditUser{.user = user,
                      .name = step.find("name"),
                      .email = step.find("email"),
                      .role = read_option(step, "role", to_word<users::Role>),
                      .status = read_option(step, "status", to_word<users::Status>),
                      .time_zone = none ? std::nullopt : read_option(step, "zone", to_zone),
                      .takes_programme_zone = none,
                      .expected_edition = read_option(step, "edition", to_integer),
                      .other_administrator = users::find_other_administrator(world.store(), user),
                      .now = world.now()}));
}

Answer show(World& world, const Step& step) {
  const auto user = users::find(world.store(), world.user(step.value("user")));
  if (!user) {
    return not_found("user");
  }
  return {.facts = {{"name", user->name},
                    {"email", user->email},
                    {"role", std::string(to_text(user->role))},
                    {"status", std::string(to_text(user->status))},
                    {"zone", user->time_zone ? user->time_zone->name() : "none"},
                    {"edition", std::to_string(user->edition)}}};
}

Answer find(World& world, const Step& step) {
  const auto user = users::find_by_email(world.store(), step.value("email"));
  if (!user) {
    return not_found("user");
  }
  return {.facts = {{"user", world.name_of(user->user_id)}}};
}

Answer list(World& world, const Step&) {
  Answer answer;
  for (const auto& user : users::list_by_points(world.store(), rows_max, {}).items) {
    answer.rows.push_back(
        fmt::format("{} {}", world.name_of(user.user_id), user.total_points.count));
  }
  return answer;
}

}  // namespace

void add_user_actions(Actions& actions) {
  actions["user"] = create;
  actions["edit user"] = edit;
  actions["show user"] = show;
  actions["find user"] = find;
  actions["users"] = list;
}

}  // namespace wattback::scenarios

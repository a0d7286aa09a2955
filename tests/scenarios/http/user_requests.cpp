#include <fmt/format.h>

#include <algorithm>

#include "scenarios/http/actions.h"

namespace wattback::scenarios {
namespace {

UserId id_of(const json::value& form) { return {parse_uuid(text_of(form.at("user_id"))).value()}; }

// Whoever is made signs in at once.
Answer create(Site& site, const Step& step) {
  const auto& user = step.value("user");
  json::object body{{"name", user}, {"email", user + "@example.org"}, {"password", Site::password}};
  put_text(body, "name", step, "name");
  put_text(body, "email", step, "email");
  put_text(body, "role", step, "role");
  put_text(body, "time_zone", step, "zone");
  const auto created = site.post(site.administrator(), "/api/v1/users", body);
  if (created) {
    site.world().name_user(user, id_of(created->body));
    site.welcome(user, text_of(created->body.at("email")));
  }
  return edition_of(created);
}

Answer edit(Site& site, const Step& step) {
  json::object body;
  put_text(body, "name", step, "name");
  put_text(body, "email", step, "email");
  put_text(body, "role", step, "role");
  put_text(body, "status", step, "status");
  put_text(body, "time_zone", step, "zone");
  if (step.find("zone") == "none") {
    body["time_zone"] = nullptr;
  }
  const auto& user = step.value("user");
  const auto edited = site.edit(step, site.path_of(user), body);
  if (edited) {
    site.change(user, edited->body);
  }
  return edition_of(edited);
}

Answer show(Site& site, const Step& step) {
  const auto user = site.get(site.administrator(), site.path_of(step.value("user")));
  if (!user) {
    return refused(user);
  }
  const auto& form = user->body.as_object();
  return {.facts = {{"name", text_of(form, "name")},
                    {"email", text_of(form, "email")},
                    {"role", text_of(form, "role")},
                    {"status", text_of(form, "status")},
                    {"zone", text_of(form, "time_zone")},
                    {"edition", text_of(form, "edition")}}};
}

Answer find(Site& site, const Step& step) {
  const auto users = site.list(site.administrator(),
                               "/api/v1/users" + Query().add("email", step.value("email")).text());
  if (!users) {
    return refused(users);
  }
  return users->empty() ? not_found("user")
                        : Answer{.facts = {{"user", site.world().name_of(id_of(users->at(0)))}}};
}

// Without the administrator, who is not of the scenario.
Answer list(Site& site, const Step&) {
  const auto me = site.get(site.administrator(), "/api/v1/me").value();
  auto users = site.list(site.administrator(), "/api/v1/users");
  if (users) {
    const auto others = std::ranges::remove(*users, id_of(me.body), id_of);
    users->erase(others.begin(), others.end());
  }
  return rows_of(users, [&site](const json::object& user) {
    return fmt::format("{} {}", site.world().name_of(id_of(user)), text_of(user, "total_points"));
  });
}

}  // namespace

void add_user_requests(HttpActions& actions) {
  actions["user"] = create;
  actions["edit user"] = edit;
  actions["show user"] = show;
  actions["find user"] = find;
  actions["users"] = list;
}

}  // namespace wattback::scenarios

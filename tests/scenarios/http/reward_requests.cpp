#include <fmt/format.h>

#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

RewardId id_of(const json::object& form) {
  return {parse_uuid(text_of(form, "reward_id")).value()};
}

std::string path_of(const Site& site, const Step& step) {
  return "/api/v1/rewards/" + to_text(site.world().reward(step.value("reward")));
}

Answer create(Site& site, const Step& step) {
  const auto& reward = step.value("reward");
  json::object body{{"name", reward}, {"points_required", 100}};
  put_text(body, "name", step, "name");
  put_text(body, "description", step, "description");
  put_number(body, "points_required", step, "costs");
  put_number(body, "stock", step, "stock");
  const auto created = site.post(site.administrator(), "/api/v1/rewards", body);
  if (created) {
    site.world().name_reward(reward, id_of(created->body.as_object()));
  }
  return edition_of(created);
}

Answer edit(Site& site, const Step& step) {
  json::object body;
  put_text(body, "name", step, "name");
  put_text(body, "description", step, "description");
  put_number(body, "points_required", step, "costs");
  put_text(body, "status", step, "status");
  return edition_of(site.edit(step, path_of(site, step), body));
}

Answer show(Site& site, const Step& step) {
  const auto reply = site.get(site.administrator(), path_of(site, step));
  if (!reply) {
    return refused(reply);
  }
  const auto& reward = reply->body.as_object();
  return {.facts = {{"name", text_of(reward, "name")},
                    {"costs", text_of(reward, "points_required")},
                    {"status", text_of(reward, "status")},
                    {"edition", text_of(reward, "edition")}}};
}

Answer move_stock(Site& site, const Step& step) {
  const json::object body{{"delta", to_integer(step.value("delta"))},
                          {"reason_code", step.find("reason").value_or("delivery")}};
  const auto moved =
      site.post_keyed(step, site.administrator(), path_of(site, step) + "/stock-movements", body);
  return moved ? Answer{.words = {moved->replayed ? "replayed" : "moved"}} : refused(moved);
}

Answer list_movements(Site& site, const Step& step) {
  const auto movements = site.list(site.administrator(), path_of(site, step) + "/stock-movements");
  return rows_of(movements, [](const json::object& movement) {
    return fmt::format("{:+} {}", movement.at("delta").as_int64(),
                       text_of(movement, "reason_code"));
  });
}

// Asked by the member it is for, if there is one, or else by the administrator, who alone sees
// archived rewards.
Answer catalog(Site& site, const Step& step) {
  const auto buyer = step.has("for") ? step.find("for") : step.find("affordable");
  Query query;
  if (buyer) {
    query.add("user_id", to_text(site.world().user(*buyer)));
  }
  for (const auto& [option, parameter] :
       {std::pair{"affordable", "affordable"}, std::pair{"in_stock", "in_stock"},
        std::pair{"archived", "archived_too"}}) {
    if (step.has(option)) {
      query.add(parameter, "true");
    }
  }
  const auto& bearer = buyer ? site.bearer_of(*buyer) : site.administrator();
  const auto rewards = site.list(bearer, "/api/v1/rewards" + query.text());
  return rows_of(rewards, [&](const json::object& reward) {
    auto row = fmt::format("{} {}", site.world().name_of(id_of(reward)),
                           text_of(reward, "points_required"));
    if (step.has("for")) {
      row += " missing " + text_of(reward, "points_missing");
    }
    return row;
  });
}

}  // namespace

void add_reward_requests(HttpActions& actions) {
  actions["reward"] = create;
  actions["edit reward"] = edit;
  actions["show reward"] = show;
  actions["stock"] = move_stock;
  actions["movements"] = list_movements;
  actions["catalog"] = catalog;
}

}  // namespace wattback::scenarios

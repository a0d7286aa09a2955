#include <fmt/format.h>

#include <algorithm>

#include "scenarios/http/actions.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

RedemptionId id_of(const json::object& form) {
  return {parse_uuid(text_of(form, "redemption_id")).value()};
}

Answer answer_of(const Result<Reply>& reply) {
  if (!reply) {
    return refused(reply);
  }
  const auto& redemption = reply->body.as_object();
  Answer answer{.words = {text_of(redemption, "status")},
                .facts = {{"cost", text_of(redemption, "points_redeemed")},
                          {"after", text_of(redemption, "total_points")}}};
  if (reply->replayed) {
    answer.words.emplace_back("replayed");
  }
  return answer;
}

Answer redeem(Site& site, const Step& step) {
  auto& world = site.world();
  const auto& user = step.value("user");
  const auto& reward = step.value("reward");
  json::object body{{"reward_id", to_text(world.reward(reward))}};
  put_number(body, "expected_points", step, "price");
  const auto reply =
      site.post_keyed(step, site.bearer_of(user), site.path_of(user) + "/redemptions", body);
  if (reply) {
    world.redemptions[world.key_of(step).text] = {
        .user = user, .reward = reward, .id = id_of(reply->body.as_object())};
  }
  return answer_of(reply);
}

// What is done to the redemption made with that key, which is about its member and reward.
Answer settle(Site& site, const Step& step, std::string_view what) {
  const auto& redemptions = site.world().redemptions;
  const auto found = redemptions.find(step.value("redemption"));
  auto redemption = found == redemptions.end() ? World::NamedRedemption{} : found->second;
  redemption.user = step.find("of").value_or(redemption.user);
  const auto& bearer = what == "fulfil" ? site.administrator() : site.bearer_of(redemption.user);
  auto answer =
      answer_of(site.ask({.method = "POST",
                          .path = fmt::format("{}/redemptions/{}/{}", site.path_of(redemption.user),
                                              to_text(redemption.id), what),
                          .bearer = bearer}));
  answer.user = redemption.user;
  answer.reward = redemption.reward;
  return answer;
}

Answer cancel(Site& site, const Step& step) { return settle(site, step, "cancel"); }
Answer fulfil(Site& site, const Step& step) { return settle(site, step, "fulfil"); }

Answer keys_and_statuses(const World& world, const Result<json::array>& list) {
  return rows_of(list, [&world](const json::object& redemption) {
    const auto key = std::ranges::find(world.redemptions, id_of(redemption),
                                       [](const auto& named) { return named.second.id; });
    return fmt::format("{} {}", key == world.redemptions.end() ? "unknown" : key->first,
                       text_of(redemption, "status"));
  });
}

Answer history(Site& site, const Step& step) {
  const auto& user = step.value("user");
  return keys_and_statuses(site.world(),
                           site.list(site.bearer_of(user), site.path_of(user) + "/redemptions"));
}

Answer of_reward(Site& site, const Step& step) {
  const auto reward = to_text(site.world().reward(step.value("reward")));
  return keys_and_statuses(
      site.world(),
      site.list(site.administrator(), fmt::format("/api/v1/rewards/{}/redemptions", reward)));
}

Answer pending(Site& site, const Step&) {
  return keys_and_statuses(site.world(),
                           site.list(site.administrator(), "/api/v1/redemptions?status=pending"));
}

}  // namespace

void add_redemption_requests(HttpActions& actions) {
  actions["redeem"] = redeem;
  actions["cancel"] = cancel;
  actions["fulfil"] = fulfil;
  actions["history"] = history;
  actions["redemptions of"] = of_reward;
  actions["pending"] = pending;
}

}  // namespace wattback::scenarios

#include <fmt/format.h>

#include <algorithm>

#include "redemptions/commands.h"
#include "redemptions/reads.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

Answer answer_of(const Result<redemptions::RedemptionReply>& reply) {
  if (!reply) {
    return refused(reply);
  }
  Answer answer{.words = {std::string(to_text(reply->redemption.status))},
                .facts = {{"cost", to_text(reply->redemption.points_redeemed)},
                          {"after", to_text(reply->total_points)}}};
  if (reply->replayed) {
    answer.words.emplace_back("replayed");
  }
  return answer;
}

Answer redeem(World& world, const Step& step) {
  const auto& user = step.value("user");
  const auto& reward = step.value("reward");
  const auto key = world.key_of(step);
  const auto reply =
      world.run(redemptions::Redeem{.user = world.user(user),
                                    .reward = world.reward(reward),
                                    .key = key,
                                    .expected_points = read_option(step, "price", to_points),
                                    .now = world.now()});
  if (reply) {
    world.redemptions[key.text] = {
        .user = user, .reward = reward, .id = reply->redemption.redemption_id};
  }
  return answer_of(reply);
}

// The redemption made with that key, which is about its member and reward; one of the member `of`
// that is none where no such key was used.
World::NamedRedemption named(const World& world, const Step& step) {
  const auto found = world.redemptions.find(step.value("redemption"));
  auto redemption = found == world.redemptions.end() ? World::NamedRedemption{} : found->second;
  redemption.user = step.find("of").value_or(redemption.user);
  return redemption;
}

Answer about(Answer answer, const World::NamedRedemption& redemption) {
  answer.user = redemption.user;
  answer.reward = redemption.reward;
  return answer;
}

Answer cancel(World& world, const Step& step) {
  const auto redemption = named(world, step);
  return about(
      answer_of(world.run(redemptions::CancelRedemption{
          .user = world.user(redemption.user), .redemption = redemption.id, .now = world.now()})),
      redemption);
}

Answer fulfil(World& world, const Step& step) {
  const auto redemption = named(world, step);
  return about(answer_of(world.run(redemptions::FulfilRedemption{
                   .user = world.user(redemption.user), .redemption = redemption.id})),
               redemption);
}

Answer rows_of(const World& world, const store::Listing<redemptions::Redemption>& listing) {
  Answer answer;
  for (const auto& redemption : listing.items) {
    const auto key = std::ranges::find(world.redemptions, redemption.redemption_id,
                                       [](const auto& named) { return named.second.id; });
    answer.rows.push_back(fmt::format("{} {}",
                                      key == world.redemptions.end() ? "unknown" : key->first,
                                      to_text(redemption.status)));
  }
  return answer;
}

Answer history(World& world, const Step& step) {
  return rows_of(world, redemptions::list_by_user(world.store(), world.user(step.value("user")),
                                                  rows_max, {}));
}

Answer of_reward(World& world, const Step& step) {
  return rows_of(world, redemptions::list_by_reward(
                            world.store(), world.reward(step.value("reward")), rows_max, {}));
}

Answer pending(World& world, const Step&) {
  return rows_of(world, redemptions::list_pending(world.store(), rows_max, {}));
}

}  // namespace

void add_redemption_actions(Actions& actions) {
  actions["redeem"] = redeem;
  actions["cancel"] = cancel;
  actions["fulfil"] = fulfil;
  actions["history"] = history;
  actions["redemptions of"] = of_reward;
  actions["pending"] = pending;
}

}  // namespace wattback::scenarios

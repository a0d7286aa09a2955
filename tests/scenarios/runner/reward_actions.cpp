#include <fmt/format.h>

#include "rewards/commands.h"
#include "rewards/reads.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"
#include "users/reads.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t rows_max = 200;

Answer answer_of(const Result<rewards::Reward>& reward) {
  if (!reward) {
    return refused(reward);
  }
  return {.facts = {{"edition", std::to_string(reward->edition)}}};
}

Answer create(World& world, const Step& step) {
  const auto& reward = step.value("reward");
  const auto created = world.run(
      rewards::CreateReward{.reward = world.reward(reward),
                            .name = step.find("name").value_or(reward),
                            .description = step.find("description").value_or(""),
                            .points_required = to_points(step.find("costs").value_or("100")),
                            .stock = to_integer(step.find("stock").value_or("0")),
                            .now = world.now()});
  if (created) {
    world.name_reward(reward, created->reward_id);
  }
  return answer_of(created);
}

Answer edit(World& world, const Step& step) {
  return answer_of(
      world.run(rewards::EditReward{.reward = world.reward(step.value("reward")),
                                    .name = step.find("name"),
                                    .description = step.find("description"),
                                    .points_required = read_option(step, "costs", to_points),
                                    .status = read_option(step, "status", to_word<rewards::Status>),
                                    .expected_edition = read_option(step, "edition", to_integer),
                                    .now = world.now()}));
}

Answer show(World& world, const Step& step) {
  const auto reward = rewards::find(world.store(), world.reward(step.value("reward")));
  if (!reward) {
    return not_found("reward");
  }
  return {.facts = {{"name", reward->name},
                    {"costs", to_text(reward->points_required)},
                    {"status", std::string(to_text(reward->status))},
                    {"edition", std::to_string(reward->edition)}}};
}

Answer move_stock(World& world, const Step& step) {
  const auto moved =
      world.run(rewards::MoveStock{.reward = world.reward(step.value("reward")),
                                   .delta = to_integer(step.value("delta")),
                                   .reason_code = step.find("reason").value_or("delivery"),
                                   .key = world.key_of(step),
                                   .now = world.now()});
  if (!moved) {
    return refused(moved);
  }
  return {.words = {moved->replayed ? "replayed" : "moved"}};
}

Answer list_movements(World& world, const Step& step) {
  Answer answer;
  const auto reward = world.reward(step.value("reward"));
  for (const auto& movement : rewards::list_movements(world.store(), reward, rows_max, {}).items) {
    answer.rows.push_back(fmt::format("{:+} {}", movement.delta, movement.reason_code));
  }
  return answer;
}

Answer catalog(World& world, const Step& step) {
  rewards::CatalogFilter filter{.in_stock = step.has("in_stock"),
                                .archived_too = step.has("archived")};
  if (const auto name = step.find("affordable")) {
    const auto user = users::find(world.store(), world.user(*name));
    if (!user) {
      return not_found("user");
    }
    filter.affordable_with = user->total_points;
  }
  const auto buyer =
      step.has("for") ? users::find(world.store(), world.user(step.value("for"))) : std::nullopt;
  if (step.has("for") && !buyer) {
    return not_found("user");
  }
  Answer answer;
  for (const auto& reward : rewards::catalog(world.store(), filter, rows_max, {}).items) {
    auto row = fmt::format("{} {}", world.name_of(reward.reward_id), reward.points_required.count);
    if (buyer) {
      row += fmt::format(" missing {}", rewards::points_missing(reward, buyer->total_points).count);
    }
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

}  // namespace

void add_reward_actions(Actions& actions) {
  actions["reward"] = create;
  actions["edit reward"] = edit;
  actions["show reward"] = show;
  actions["stock"] = move_stock;
  actions["movements"] = list_movements;
  actions["catalog"] = catalog;
}

}  // namespace wattback::scenarios

#include "scenarios/runner/world.h"

#include <algorithm>
#include <array>

#include "programme/commands.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

Uuid derive(std::string_view kind, const std::string& name) {
  const std::array<std::string_view, 1> parts{name};
  return derive_uuid(kind, parts);
}

template <class I>
std::string find_name(const std::map<std::string, I>& names, const I& id) {
  const auto found =
      std::ranges::find(names, id, [](const auto& name_and_id) { return name_and_id.second; });
  return found == names.end() ? "unknown" : found->first;
}

}  // namespace

World::World(store::Store& below)
    : now_(to_instant("2026-06-01T12:00:00Z")),
      faulty_(below),
      stepped_(faulty_, store::product_schema(), {.queue_max = queue_max}) {
  faulty_.apply_schema(store::product_schema());
}

// With commands that change nothing.
void World::fill_queue() {
  while (stepped_.committer().waiting() < queue_max) {
    stepped_.committer().submit<programme::EditProgramme>(
        programme::EditProgramme{}, [](const Result<programme::Programme>&) {});
  }
}

Answer World::after(const Step& step, Answer answer) {
  if (answer.user.empty()) {
    answer.user = step.find("user").value_or("");
  }
  if (answer.reward.empty()) {
    answer.reward = step.find("reward").value_or("");
  }
  if (step.verb != "now") {
    now_ = now() + Seconds(1);
  }
  return answer;
}

UserId World::user(const std::string& name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? UserId{derive("scenario user", name)} : found->second;
}

RewardId World::reward(const std::string& name) const {
  const auto found = rewards_.find(name);
  return found == rewards_.end() ? RewardId{derive("scenario reward", name)} : found->second;
}

std::string World::name_of(const UserId& id) const { return find_name(users_, id); }
std::string World::name_of(const RewardId& id) const { return find_name(rewards_, id); }

IdempotencyKey World::key_of(const Step& step) const {
  return to_key(step.find("key").value_or(fmt::format("line-{}", step.line)));
}

Answer not_found(std::string_view what) {
  Answer answer;
  answer.error = fail(ErrorCode::not_found, fmt::format("there is no such {}", what)).error();
  return answer;
}

}  // namespace wattback::scenarios

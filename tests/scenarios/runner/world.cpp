#include "scenarios/runner/world.h"

#include <array>

#include "programme/commands.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

constexpr std::size_t queue_max = 8;

Uuid derive(std::string_view kind, const std::string& name) {
  const std::array<std::string_view, 1> parts{name};
  return derive_uuid(kind, parts);
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

UserId World::user(const std::string& name) { return {derive("scenario user", name)}; }
RewardId World::reward(const std::string& name) { return {derive("scenario reward", name)}; }

IdempotencyKey World::key_of(const Step& step) const {
  return to_key(step.find("key").value_or(fmt::format("line-{}", step.line)));
}

Answer not_found(std::string_view what) {
  Answer answer;
  answer.error = fail(ErrorCode::not_found, fmt::format("there is no such {}", what)).error();
  return answer;
}

}  // namespace wattback::scenarios

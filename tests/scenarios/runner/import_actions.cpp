#include <fmt/format.h>

#include "commit/committer.h"
#include "importers/input_fixture.h"
#include "importers/reads.h"
#include "importers/run.h"
#include "importers/withdraw.h"
#include "scenarios/runner/service_driver.h"
#include "scenarios/runner/values.h"

namespace wattback::scenarios {
namespace {

// Imports wait for their pieces, so they need a committer that another thread works.
class Importing {
 public:
  explicit Importing(World& world)
      : committer_(world.store(), store::product_schema()), thread_(committer_) {}

  commit::Committer& committer() { return committer_; }

 private:
  commit::Committer committer_;
  commit::WorkingThreads thread_;
};

importers::ImportOptions options_of(const World& world, const Step& step) {
  const auto users = split_list(step.value("users"));
  return {.user = users.size() == 1 ? std::optional(world.user(users.front())) : std::nullopt,
          .meter = step.find("meter"),
          .format = importers::Format::ndjson,
          .energy_type = to_word<EnergyType>(step.find("type").value_or("Renewable")),
          .as_of = read_option(step, "as_of", to_instant)};
}

Answer run(World& world, const Step& step) {
  Importing importing(world);
  auto input = importers::make_input(import_lines(step));
  const auto now = world.now();
  const auto result =
      importers::run_import(world.store(), importing.committer(), [now] { return now; }, input,
                            options_of(world, step), {});
  if (!result) {
    return refused(result);
  }
  world.imports[step.value("import")] = result->import.import_id;
  const auto& counts = result->counts;
  return {.words = {result->repeated ? "repeated" : std::string(to_text(result->import.status))},
          .facts = {{"read", std::to_string(counts.read)},
                    {"accepted", std::to_string(counts.accepted)},
                    {"duplicates", std::to_string(counts.duplicates)},
                    {"restated", std::to_string(counts.restated)},
                    {"superseded", std::to_string(counts.superseded)},
                    {"rejected", std::to_string(counts.rejected)},
                    {"kwh", to_text(counts.energy)},
                    {"points", to_text(counts.points)}}};
}

ImportId import_of(const World& world, const Step& step) {
  const auto found = world.imports.find(step.value("import"));
  return found == world.imports.end() ? ImportId{} : found->second;
}

Answer withdraw(World& world, const Step& step) {
  Importing importing(world);
  const auto now = world.now();
  const auto withdrawal = importers::withdraw_import(
      world.store(), importing.committer(), [now] { return now; }, import_of(world, step),
      step.find("reason").value_or("wrong-meter"), operator_actor);
  if (!withdrawal) {
    return refused(withdrawal);
  }
  return {.facts = {{"restated", std::to_string(withdrawal->restated)},
                    {"kwh", to_text(withdrawal->energy_change)},
                    {"points", to_text(withdrawal->points)}}};
}

Answer show(World& world, const Step& step) {
  const auto import = importers::find(world.store(), import_of(world, step));
  if (!import) {
    return not_found("import");
  }
  return {.facts = {{"status", std::string(to_text(import->status))},
                    {"reason", import->reason_code.value_or("none")},
                    {"as_of", to_text(import->as_of)}}};
}

}  // namespace

void add_import_actions(Actions& actions) {
  actions["import"] = run;
  actions["withdraw"] = withdraw;
  actions["show import"] = show;
}

}  // namespace wattback::scenarios

#include "scenarios/runner/service_driver.h"

#include "rewards/reads.h"
#include "scenarios/runner/values.h"
#include "users/reads.h"

namespace wattback::scenarios {
namespace {

Actions all_actions() {
  Actions actions;
  add_programme_actions(actions);
  add_user_actions(actions);
  add_meter_actions(actions);
  add_usage_actions(actions);
  add_usage_reads(actions);
  add_import_actions(actions);
  add_point_actions(actions);
  add_reward_actions(actions);
  add_redemption_actions(actions);
  add_world_actions(actions);
  return actions;
}

class ServiceDriver final : public Driver {
 public:
  explicit ServiceDriver(store::Store& store) : world_(store), actions_(all_actions()) {}

  Answer perform(const Step& step) override {
    return world_.after(step, actions_.at(step.verb)(world_, step));
  }

  std::vector<Fact> member(const std::string& user) override {
    const auto found = users::find(world_.store(), world_.user(user));
    if (!found) {
      return {};
    }
    return {{"balance", to_text(found->total_points)},
            {"owed", to_text(found->points_owed)},
            {"carry", to_text(found->points_carry)},
            {"entries", std::to_string(found->ledger_seq)}};
  }

  std::vector<Fact> reward(const std::string& reward) override {
    const auto found = rewards::find(world_.store(), world_.reward(reward));
    if (!found) {
      return {};
    }
    return {{"stock", std::to_string(found->inventory)},
            {"stocked", std::to_string(found->stocked)}};
  }

  std::optional<std::string> find_break() override {
    world_.empty_queue();
    return scenarios::find_break(world_);
  }

 private:
  World world_;
  Actions actions_;
};

}  // namespace

std::unique_ptr<Driver> make_service_driver(store::Store& store) {
  return std::make_unique<ServiceDriver>(store);
}

}  // namespace wattback::scenarios

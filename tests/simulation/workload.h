// What clients ask for: random commands of all kinds about a few members, meters and rewards, so
// that they often meet. It looks at the model to ask for what is likely to matter.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "simulation/chance.h"
#include "simulation/judge.h"
#include "simulation/model.h"

namespace wattback::simulation {

struct WorkloadOptions {
  std::int64_t members = 8;
  std::int64_t rewards = 4;
  std::int64_t rules_versions = 6;
  std::int64_t restating_percent = 65;  // of readings, that state when their value was made
};

// Programme-wide commands that no version of a member guards are only asked of the first server.
enum class Asked : std::uint8_t { first_server, second_server };

class Workload {
 public:
  Workload(const model::Model& model, const WorkloadOptions& options, std::uint64_t seed);

  Operation next(Asked of);
  void pass_time();
  // Whether hours may pass between two commands. A publication is never under way for so long: days
  // served by the rules of before would come before it.
  void let_hours_pass(bool may) { hours_may_pass_ = may; }

  // The same command as a client sends it again: with the time it is then.
  void refresh(model::Command& command) const;

  Instant now() const { return now_; }

 private:
  struct PlannedMeter {
    UserId user;
    model::MeterName name;
    std::int64_t cadence = 3600;  // 0: the local day
    std::int64_t phase = 0;
  };
  struct PlannedImport {
    ImportId import;
    std::int64_t sent = 0;
    Instant as_of;
    std::optional<UserId> user = std::nullopt;  // of all its readings
    std::optional<Instant> last_piece = std::nullopt;
  };

  using Maker = model::Command (Workload::*)();
  struct Kind {
    Maker make = nullptr;
    std::int64_t weight = 1;
  };

  model::Command make(Asked of);

  model::Command create_user();
  model::Command edit_user();
  UserId other_admin(const UserId& user);
  model::Command create_meter();
  model::Command relabel_meter();
  model::Command edit_programme();
  model::Command publish_rules();
  model::Command record_one();
  model::Command record_many();
  model::Command record_flood();
  model::Command withdraw();
  model::Command start_import();
  model::Command record_piece();
  model::Command finish_import();
  model::Command withdraw_import();
  model::Command adjust();
  model::Command write_off();
  model::Command create_reward();
  model::Command edit_reward();
  model::Command move_stock();
  model::Command redeem();
  model::Command cancel();
  model::Command fulfil();

  UserId user();
  RewardId reward();
  Uuid fresh_uuid();
  PlannedMeter& meter() { return meter_of(user()); }
  PlannedMeter& meter_of(const UserId& member);
  void plan_meter(const UserId& user, const std::string& label, const std::string& identifier);
  std::string key(std::vector<std::string>& used);
  std::string zone();
  std::string email();
  std::string reward_name();
  std::optional<std::int64_t> edition(std::int64_t stands);
  std::int64_t energy();
  model::Value value(const PlannedMeter& meter);
  void set_interval(model::Value& value, const PlannedMeter& meter);
  void spoil(model::Value& value);
  model::Record record(const PlannedMeter& meter, std::int64_t count);
  model::KeyOfUser redemption();
  std::optional<model::KeyOfUser> pending_redemption();

  const model::Model* model_;
  WorkloadOptions options_;
  Chance chance_;
  Instant now_;
  bool hours_may_pass_ = true;
  std::vector<Kind> kinds_;
  std::vector<UserId> users_;
  std::vector<RewardId> rewards_;
  std::vector<PlannedMeter> meters_;
  std::vector<PlannedImport> imports_;
  std::vector<model::KeyOfUser> redemptions_;
  std::vector<std::string> adjustment_keys_;
  std::vector<std::string> redemption_keys_;
  std::vector<std::string> movement_keys_;
  std::vector<model::Command> sent_;
  std::int64_t keys_made_ = 0;
};

}  // namespace wattback::simulation

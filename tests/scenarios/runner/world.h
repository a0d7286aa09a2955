// What the steps of one scenario act on: a store that can be made to fail, a committer worked by
// hand, a clock, and the names the scenario uses.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/ids.h"
#include "base/time.h"
#include "scenarios/runner/driver.h"
#include "store/store.h"
#include "support/faulty_store.h"
#include "support/stepped_committer.h"
#include "users/user.h"

namespace wattback::scenarios {

class World {
 public:
  explicit World(store::Store& below);

  // The committer's answer to a command.
  template <commit::Command C>
  Result<typename C::Reply> run(C command) {
    std::optional<Result<typename C::Reply>> answer;
    stepped_.committer().submit<C>(std::move(command), [&answer](Result<typename C::Reply> reply) {
      answer = std::move(reply);
    });
    while (!answer) {
      if (!stepped_.work()) {
        stepped_.advance(Milliseconds(1));
      }
    }
    return *std::move(answer);
  }

  store::Store& store() { return faulty_; }
  test_support::FaultyStore& faults() { return faulty_; }
  void fill_queue();
  void empty_queue() { stepped_.work_all(); }

  Instant now() const { return now_; }
  void set_now(Instant now) { now_ = now; }
  void tick() { now_ += Seconds(1); }

  // Ids of what the scenario names, whether it is there or not.
  static UserId user(const std::string& name);
  static RewardId reward(const std::string& name);

  // Each effect that names no key has one of its own.
  IdempotencyKey key_of(const Step& step) const;

  // Names of what was made, to be shown in rows.
  void name_user(const std::string& name) { user_names_[user(name)] = name; }
  std::string name_of(const UserId& id) const { return user_names_.at(id); }
  const std::map<UserId, std::string>& users() const { return user_names_; }
  void name_reward(const std::string& name) { reward_names_[reward(name)] = name; }
  std::string name_of(const RewardId& id) const { return reward_names_.at(id); }

  struct NamedRedemption {
    std::string user;
    std::string reward;
    RedemptionId id;
  };
  std::map<std::string, NamedRedemption> redemptions;  // by key
  std::map<std::string, ImportId> imports;

 private:
  Instant now_;
  test_support::FaultyStore faulty_;
  test_support::SteppedCommitter stepped_;
  std::map<UserId, std::string> user_names_;
  std::map<RewardId, std::string> reward_names_;
};

// A refusal as an answer.
template <class T>
Answer refused(const Result<T>& result) {
  Answer answer;
  answer.error = result.error();
  return answer;
}

Answer not_found(std::string_view what);

// What of the invariants of a member (sums, chain, arithmetic) or of the stock does not hold.
std::optional<std::string> find_break(World& world);

}  // namespace wattback::scenarios

// What the steps of one scenario act on: a store that can be made to fail, a committer worked by
// hand, a clock that threads may read, and the names the scenario uses.
#pragma once

#include <atomic>
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
  static constexpr std::size_t queue_max = 8;  // commands that may wait

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
  // The answer to a step that was performed, saying whom it was about; time goes on.
  Answer after(const Step& step, Answer answer);

  // Ids of what the scenario names; of what is not there, one that nothing has.
  UserId user(const std::string& name) const;
  RewardId reward(const std::string& name) const;

  // Each effect that names no key has one of its own.
  IdempotencyKey key_of(const Step& step) const;

  // What was made by that name.
  void name_user(const std::string& name, const UserId& id) { users_[name] = id; }
  std::string name_of(const UserId& id) const;
  void name_reward(const std::string& name, const RewardId& id) { rewards_[name] = id; }
  std::string name_of(const RewardId& id) const;

  struct NamedRedemption {
    std::string user;
    std::string reward;
    RedemptionId id;
  };
  std::map<std::string, NamedRedemption> redemptions;  // by key
  std::map<std::string, ImportId> imports;

 private:
  std::atomic<Instant> now_;
  test_support::FaultyStore faulty_;
  test_support::SteppedCommitter stepped_;
  std::map<std::string, UserId> users_;
  std::map<std::string, RewardId> rewards_;
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

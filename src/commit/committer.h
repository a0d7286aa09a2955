// The only writer. Commands are submitted from any thread and wait in a bounded queue; a group of
// them is decided on one workspace and committed at once, and no answer leaves before its group is
// in. While one group is being committed the next is decided, on what that one leaves; should its
// commit fail, what was decided on it is void and decided again.
//
// What a caller may rely on:
// - commands of one lane are decided in the order they were submitted, except that those whose own
//   documents another process changed are decided again later, in their order, while the others go
//   on;
// - an answer, a refusal too, is delivered after the commit of the group it was decided in;
// - a commit whose fate is unknown is looked for: where the store holds what it wrote the answer is
//   what was decided, else it is decided again on what is then there;
// - `conflict` is only ever a command's own word; a store that will not settle is `unavailable`, a
//   full queue `overloaded`, a throwing rule or an invalid document `internal`; where memory is
//   short it is `unavailable`, too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/histogram.h"
#include "commit/command.h"
#include "commit/happened.h"
#include "commit/workspace.h"
#include "store/store.h"

namespace wattback::commit {

using SteadyTime = std::chrono::steady_clock::time_point;

struct CommitterOptions {
  // Commands whose commit has not begun; bulk pieces that wait are at most half of them.
  std::size_t queue_max = 8192;
  // Commands a group, bulk pieces at most half of them; and at most so many of these where singles
  // come, which wait for their commit, or where none do.
  std::size_t group_max = 256;
  std::size_t bulk_max = 16;
  std::size_t bulk_alone_max = 64;
  Milliseconds backoff_min{5};
  Milliseconds backoff_max{500};
  // A command is `unavailable` after so many commits that were refused or unknown, or where one is
  // and so long has passed since it came: longer than its sender waits for an answer.
  int attempts_max = 12;
  Milliseconds patience{30'000};
  std::uint64_t seed = std::random_device{}();  // of the jitter in the back-off
  std::function<SteadyTime()> now = &std::chrono::steady_clock::now;
};

// Sizes and waits are of groups that were settled as decided, commit times of the commits that the
// store answered.
struct CommitterMetrics {
  Histogram<10> group_size{.bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512}};
  Histogram<10> wait_seconds{.bounds = {.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1}};
  Histogram<10> commit_seconds{.bounds = {.0005, .001, .002, .005, .01, .02, .05, .1, .5, 1}};
  std::uint64_t commands = 0;      // taken in and answered
  std::uint64_t conflicts = 0;     // commits refused as conflict or already_exists
  std::uint64_t deferrals = 0;     // commands put off to a later group
  std::uint64_t unknowns = 0;      // commits whose fate was unknown
  std::uint64_t unavailables = 0;  // times the store could not be reached
  std::uint64_t invalids = 0;      // commits refused as invalid
  std::uint64_t overloads = 0;     // commands turned away by a full queue
};

// A commit of unknown fate, shared by all commands of its group. Once it was looked for in vain it
// is undone to all of them: one that is decided again may write just the same.
struct Doubt {
  std::shared_ptr<const store::ChangeSet> changes;
  WrittenOver written_over = WrittenOver::may_be;
  std::optional<bool> happened;
};

// A command that waits, its type behind it.
class Pending {
 public:
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  virtual ~Pending() = default;

  virtual std::vector<store::Key> keys() const = 0;
  virtual bool decide(Workspace& workspace) = 0;  // keeps the answer; whether it was accepted
  virtual void refuse(Error error) = 0;           // keeps this answer instead
  virtual void deliver() noexcept = 0;            // hands over the answer kept; once

  Lane lane = Lane::single;
  SteadyTime submitted;
  SteadyTime taken;  // into the group that decides it
  SteadyTime due;    // when deferred
  int attempts = 0;
  bool alone = false;               // to be decided in a group of its own
  bool goes_alone = false;          // so when it comes back
  bool is_put_off = false;          // for a key that is held
  bool torn = false;                // its last decision saw documents that do not fit together
  std::vector<store::Key> touched;  // by its last decision
  std::shared_ptr<Doubt> in_doubt;  // of the commit of its last decision
  bool was_in_doubt = false;        // of an earlier one, which may have left what this one would
};

template <Command C>
using Completion = std::move_only_function<void(Result<typename C::Reply>)>;

class Committer {
 public:
  Committer(store::Store& store, const store::Schema& schema, CommitterOptions options = {});
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  ~Committer();  // nothing may be waiting

  // `done` is called once: by a working thread after the commit, or here and now when the queue
  // is full or closed. It must not block and not throw.
  template <Command C>
  void submit(C command, Completion<C> done) {
    enqueue(std::make_unique<PendingCommand<C>>(std::move(command), std::move(done)));
  }

  // Submits and waits. Never from a completion.
  template <Command C>
  Result<typename C::Reply> run(C command) {
    std::promise<Result<typename C::Reply>> promise;
    auto answer = promise.get_future();
    // The promise belongs to the completion: it is still being kept when `get` has returned.
    submit<C>(std::move(command),
              [promise = std::move(promise)](Result<typename C::Reply> reply) mutable {
                promise.set_value(std::move(reply));
              });
    return answer.get();
  }

  // For the two threads that work (WorkingThreads), or a test that steps them.

  bool decide();          // what is due, into the open group; false: nothing is, or it is full
  bool commit();          // the open group, and answers it; false: there is none
  bool work();            // both, until what a failed commit left over is settled too
  bool wait_to_decide();  // until something is due; false: closed, and nothing waits
  bool wait_to_commit();  // until a group is open; false: the same
  void close();           // what is submitted from now on is answered `unavailable`

  CommitterMetrics metrics() const;
  std::size_t waiting() const;  // commands whose commit has not begun

 private:
  template <Command C>
  class PendingCommand final : public Pending {
   public:
    PendingCommand(C command, Completion<C> done)
        : command_(std::move(command)), done_(std::move(done)) {
      lane = lane_of<C>();
    }
    std::vector<store::Key> keys() const override { return command_.keys(); }
    bool decide(Workspace& workspace) override {
      answer_ = command_.decide(workspace);
      return answer_.has_value();
    }
    void refuse(Error error) override { answer_ = std::unexpected(std::move(error)); }
    void deliver() noexcept override { done_(std::move(answer_)); }

   private:
    C command_;
    Completion<C> done_;
    Result<typename C::Reply> answer_ = std::unexpected(Error{});
  };

  using Group = std::deque<std::unique_ptr<Pending>>;

  // A group as it is decided, a batch after the other, until its commit begins.
  struct Open {
    Open(store::Store& store, const store::Schema& schema,
         std::shared_ptr<const store::ChangeSet> below)
        : workspace(store, schema, std::move(below)) {}

    Workspace workspace;
    Group group;
    std::size_t bulk = 0;  // commands of that lane in it
    bool has_singles = false;
    bool is_full = false;
  };

  void enqueue(std::unique_ptr<Pending> pending);
  bool is_full_for(Lane lane) const;
  Group& queue_of(const Pending& pending);
  void admit_due(SteadyTime now);
  std::size_t ready() const;
  bool singles_come() const;
  std::size_t bulk_room() const;
  std::size_t admissible() const;
  bool may_decide(SteadyTime now) const;
  bool is_worth_deciding(SteadyTime now) const;
  bool is_others_turn(SteadyTime now) const;
  bool is_done() const;
  const Pending& next() const;
  Group take_batch(SteadyTime now);

  void decide_batch(Group batch, std::shared_ptr<const store::ChangeSet> below);
  void answer_what_is_in(Group& batch);
  void put_off_held(Group& batch);
  bool holds_any(SteadyTime now);
  SteadyTime held_until(const std::vector<store::Key>& keys, SteadyTime now) const;
  void release(const Group& group);
  void decide_in_turn(Group& batch, Group& torn);
  bool decide_one(Workspace& workspace, Pending& pending);
  bool fits(const Workspace& workspace) const;

  void settle(const Workspace& workspace, Group group,
              const std::shared_ptr<Doubt>& doubt) noexcept;
  void count_settled(auto& group);
  store::CommitResult commit_in_flight();
  void stop_deciding();
  void void_open();
  void handle_unknown(Group group, const std::shared_ptr<Doubt>& doubt, std::string_view why);
  void handle_refusal(const store::Refusal& refusal, Group& group);
  void handle_conflict(const store::Refusal& refusal, Group& group);
  void decide_again(Group group);
  void decide_alone(Group group, std::string_view why);
  void put_back(Group group) noexcept;
  void hold(Group group, std::string_view why);
  std::optional<SteadyTime> defer(Group group, std::string_view why);
  void put_off(std::unique_ptr<Pending> pending);
  std::chrono::microseconds backoff(int attempts);
  void forget_limit();

  void answer(Group& group);
  void answer_those(Group& batch, auto predicate);
  void answer_all(Group& group, const Error& error);
  void count(std::uint64_t CommitterMetrics::* metric, std::uint64_t times = 1);

  store::Store* store_;
  const store::Schema* schema_;
  const CommitterOptions options_;
  const store::Capabilities capabilities_;

  mutable std::mutex mutex_;
  std::condition_variable to_decide_;
  std::condition_variable to_commit_;
  Group again_;  // what a failed commit left, to be decided before all others
  Group singles_;
  Group bulk_;
  std::vector<std::unique_ptr<Pending>> deferred_;  // in the order they came
  // Keys that one command is to try again before others touch them, and until when.
  std::unordered_map<store::Key, SteadyTime, store::KeyHash> held_;
  bool closed_ = false;
  CommitterMetrics metrics_;
  std::size_t group_limit_;
  std::minstd_rand jitter_;

  std::unique_ptr<Open> open_;
  std::size_t open_size_ = 0;                          // commands in it, and being decided for it
  bool is_deciding_ = false;                           // so that `open_` is of who decides
  std::shared_ptr<const store::ChangeSet> in_flight_;  // what is being committed
  std::size_t in_flight_size_ = 0;                     // of how many commands
  bool are_singles_in_flight_ = false;
  bool is_committing_ = false;
  bool is_failing_ = false;  // nothing may be decided on what is in flight
  int turns_ = 0;            // groups to go before one is decided while another is in flight
  SteadyTime next_turn_;     // before which they are not
};

// Work for a committer until they are destroyed, which first drains what waits.
class WorkingThreads {
 public:
  explicit WorkingThreads(Committer& committer);
  WorkingThreads(const WorkingThreads&) = delete;
  WorkingThreads& operator=(const WorkingThreads&) = delete;
  ~WorkingThreads();

 private:
  Committer* committer_;
  std::thread decides_;
  std::thread commits_;
};

}  // namespace wattback::commit

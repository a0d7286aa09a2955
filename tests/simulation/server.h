// One server: a committer, stepped, over a store that has bad days. Another server may write the
// same store, also in the middle of this one's loading and committing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "commit/committer.h"
#include "simulation/chance.h"
#include "simulation/judge.h"
#include "support/faulty_store.h"

namespace wattback::simulation {

// How often, of a thousand commits or loads, something goes wrong.
struct Weather {
  std::int64_t refused = 0;           // a conflict that names some of the keys, none, or another's
  std::int64_t unavailable = 0;       // a commit
  std::int64_t unknown_before = 0;    // a commit that did not happen
  std::int64_t unknown_after = 0;     // a commit that did
  std::int64_t beside_commit = 0;     // the other server writes just before a commit
  std::int64_t load_unavailable = 0;  // a load
  std::int64_t beside_load = 0;       // the other server writes just before a load
  std::int64_t ahead = 0;  // the next group is decided just before a commit, or just after it
};

struct ServerOptions {
  std::size_t queue_max = 8192;
  std::size_t group_max = 256;
  std::size_t commit_changes_max = 10'000;
  int attempts_max = 12;
  std::uint64_t seed = 0;
  bool keep_answers = false;
};

class Server {
 public:
  using Unsettled = std::function<void(OperationNumber)>;

  // `unsettled` is told of each command answered `unavailable` or `overloaded`: to be sent again.
  Server(store::Store& store, Judge& judge, const ServerOptions& options, const Weather& weather,
         const commit::SteadyTime& now, Unsettled unsettled);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() = default;

  void submit(OperationNumber operation);
  bool work() { return committer_->work(); }
  std::size_t waiting() const { return committer_->waiting(); }
  bool is_publishing() const { return publications_ > 0; }  // rules, not answered yet
  void set_weather(const Weather& weather) { weather_ = weather; }
  void set_other(Server* other) { other_ = other; }

  // The store is gone, perhaps in the middle of a last commit: whatever is asked from now on fails.
  void lose_store() { is_lost_ = true; }

  // What it has decided and can't say yet whether it is in: of the group being committed, also once
  // its commit has ended in CommitUnknown.
  const Trace& under_way() const { return in_flight_; }

  // "NUMBER answer", in the order they were delivered, where they are kept.
  const std::vector<std::string>& answers() const { return answers_; }

 private:
  class ObservedStore;
  template <commit::Command C>
  struct Traced;

  test_support::Fault plan(const store::ChangeSet& changes);
  test_support::Fault draw_refusal(const store::ChangeSet& changes);
  void before_get();
  void decide_ahead();
  Trace& add_to_open();
  void take_open();
  bool drop_void(OperationNumber operation);
  void forget();
  void committed();
  bool is_publication(OperationNumber operation) const;
  void delivered(OperationNumber operation, const Result<model::Facts>& answer);

  Judge* judge_;
  ServerOptions options_;
  Weather weather_;
  Unsettled unsettled_;
  Chance chance_;
  Trace open_;                       // of the group being decided
  Trace in_flight_;                  // of the one being committed
  std::uint64_t known_changes_ = 0;  // of the model, that what is open was decided on
  std::deque<Judge::Expected> expected_;
  std::map<OperationNumber, model::Answer> untold_;  // in commits that happened without a word
  std::map<OperationNumber, Decision> undone_;       // in commits that did not, without a word
  bool is_told_ = true;  // whether the commit under way will be known to have happened
  bool is_lost_ = false;
  int publications_ = 0;
  Server* other_ = nullptr;
  std::vector<std::string> answers_;
  std::unique_ptr<store::Store> observed_;
  std::unique_ptr<test_support::FaultyStore> faulty_;
  std::unique_ptr<commit::Committer> committer_;
};

}  // namespace wattback::simulation

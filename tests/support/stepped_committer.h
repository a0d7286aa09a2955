// A committer that a test works step by step, under a clock of its own, and what it answered.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "commit/committer.h"

namespace wattback::test_support {

// "5", or the error's code.
template <class T>
std::string to_text(const Result<T>& answer) {
  return answer ? fmt::format("{}", *answer) : std::string(wattback::to_text(answer.error().code));
}

class SteppedCommitter {
 public:
  explicit SteppedCommitter(store::Store& store, const store::Schema& schema,
                            commit::CommitterOptions options = {})
      : committer_(store, schema, with_clock(std::move(options))) {}
  SteppedCommitter(const SteppedCommitter&) = delete;
  SteppedCommitter& operator=(const SteppedCommitter&) = delete;
  ~SteppedCommitter() { work_all(); }

  template <commit::Command C>
  void submit(const std::string& name, C command) {
    committer_.submit(std::move(command), [this, name](const Result<typename C::Reply>& answer) {
      answers_.push_back(name + ": " + to_text(answer));
    });
  }

  bool work() { return committer_.work(); }
  void advance(std::chrono::microseconds time) { now_ += time; }
  std::chrono::microseconds time() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch());
  }

  // Works, moving the clock over all back-offs, until nothing waits.
  void work_all() {
    while (committer_.waiting() > 0) {
      if (!work()) {
        advance(Milliseconds(1));
      }
    }
  }

  // "name: answer", in the order they were delivered since the last call.
  std::vector<std::string> take_answers() { return std::exchange(answers_, {}); }
  const std::vector<std::string>& answers() const { return answers_; }

  commit::Committer& committer() { return committer_; }
  commit::CommitterMetrics metrics() const { return committer_.metrics(); }

 private:
  commit::CommitterOptions with_clock(commit::CommitterOptions options) {
    options.now = [this] { return now_; };
    options.seed = 1;
    return options;
  }

  commit::SteadyTime now_{std::chrono::hours(1)};
  std::vector<std::string> answers_;
  commit::Committer committer_;
};

}  // namespace wattback::test_support

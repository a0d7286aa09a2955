// Holds what servers did against the model: it tells the model the commands in the order in which
// their commits happened, and compares what each was answered.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/model.h"
#include "simulation/tally.h"

namespace wattback::simulation {

using OperationNumber = std::size_t;

// A command a client sent, perhaps several times over: until it is answered for good.
struct Operation {
  model::Command command;
  bool spoilt = false;           // its rule throws after it has decided, so it must leave no trace
  std::uint64_t submission = 0;  // which of all that clients sent this is, counted by the judge
};

struct Decision {
  OperationNumber operation = 0;
  model::Answer answer;
  bool wrote = false;
  std::optional<std::string> programme_zone;  // that it was decided with, if it asked and wrote
};

// What one server has decided and not yet committed, in order.
struct Trace {
  std::vector<Decision> decisions;
  // What the model would have answered to each, where another server wrote just before the commit.
  std::vector<model::Answer> before;
  // Another server wrote while documents were being loaded: an answer that wrote nothing may rest
  // on some from before and some from after, and only those that wrote are held to the model.
  bool mixed = false;

  void clear() { *this = {}; }
};

class Judge {
 public:
  Judge(model::Model& model, Tally& tally) : model_(&model), tally_(&tally) {}

  OperationNumber add(Operation operation);
  void submit(OperationNumber number) { operations_.at(number).submission = ++submissions_; }
  Operation& operation(OperationNumber number) { return operations_.at(number); }
  std::size_t operations() const { return operations_.size(); }

  // Another server is about to write between the decisions of this trace and their commit.
  void foresee(Trace& trace);

  // The trace's commit has happened, or had nothing to write.
  void settle(const Trace& trace);

  // An answer was delivered that the judge said it would be, by `settle`, in this order.
  struct Expected {
    OperationNumber operation = 0;
    model::Answer answer;
  };
  void deliver(const Expected& expected, OperationNumber number, const model::Answer& answer);

  // Of a commit that did not happen: another made all that it would have left.
  void deliver_undone(const Decision& decision, const model::Answer& answer);

  void fail(const std::string& what);
  const std::optional<std::string>& failure() const { return failure_; }  // the first
  const model::Model& model() const { return *model_; }
  std::uint64_t changes() const { return model_->changes(); }
  Tally& tally() { return *tally_; }

 private:
  model::Model::Outcome execute(OperationNumber number,
                                const std::optional<std::string>& programme_zone = std::nullopt);
  std::optional<std::string> zone_read(const Decision& decision);
  void compare(const Decision& decision, const model::Answer& expected);
  bool is_told_as_before(const Decision& decision);
  void settle_alone(const Decision& decision);
  void settle_beside_another(const Trace& trace, std::size_t position);
  void count(const Decision& decision);
  std::string text_of(OperationNumber number) const;

  model::Model* model_;
  Tally* tally_;
  std::deque<Operation> operations_;
  std::uint64_t submissions_ = 0;
  // The programme's zones of before, each with the submissions there had been when it was changed.
  std::vector<std::pair<std::string, std::uint64_t>> zones_before_;
  std::map<std::string, std::vector<model::Answer>> written_;  // by a command, as it was answered
  std::optional<std::string> failure_;
};

}  // namespace wattback::simulation

#include "simulation/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/model_show.h"

namespace wattback::simulation {
namespace {

std::string name_of(const Operation& operation) {
  return model::command_names.at(operation.command.index());
}

const std::vector<model::ReadingAnswer>* readings_of(const model::Answer& answer) {
  if (!answer) {
    return nullptr;
  }
  if (const auto* record = std::get_if<model::RecordAnswer>(&*answer)) {
    return &record->readings;
  }
  if (const auto* piece = std::get_if<model::PieceAnswer>(&*answer)) {
    return &piece->readings;
  }
  return nullptr;
}

bool is_piece_already_in(const model::Answer& answer) {
  const auto* piece = answer ? std::get_if<model::PieceAnswer>(&*answer) : nullptr;
  return piece != nullptr && piece->already_in;
}

bool is_replay(const model::Answer& answer) {
  if (!answer) {
    return false;
  }
  const auto* adjustment = std::get_if<model::AdjustmentAnswer>(&*answer);
  const auto* redemption = std::get_if<model::RedemptionAnswer>(&*answer);
  const auto* stock = std::get_if<model::StockAnswer>(&*answer);
  return (stock != nullptr && stock->replayed) || (adjustment != nullptr && adjustment->replayed) ||
         (redemption != nullptr && redemption->replayed) || is_piece_already_in(answer);
}

// The balance an answer tells, of those that may tell one of long ago.
std::optional<std::int64_t> total_told(const model::Answer& answer) {
  if (!answer) {
    return std::nullopt;
  }
  const auto* adjustment = std::get_if<model::AdjustmentAnswer>(&*answer);
  const auto* redemption = std::get_if<model::RedemptionAnswer>(&*answer);
  if (adjustment == nullptr && redemption == nullptr) {
    return std::nullopt;
  }
  return adjustment != nullptr ? adjustment->total : redemption->total;
}

// The member whose points a command moves by a key or a redemption.
std::optional<UserId> member_of(const model::Command& command) {
  return std::visit(
      []<class C>(const C& one) -> std::optional<UserId> {
        if constexpr (
            requires {
              one.key;
              one.user;
            } || requires { one.redemption; }) {
          return one.user;
        } else {
          return std::nullopt;
        }
      },
      command);
}

}  // namespace

OperationNumber Judge::add(Operation operation) {
  operations_.push_back(std::move(operation));
  return operations_.size() - 1;
}

model::Model::Outcome Judge::execute(OperationNumber number,
                                     const std::optional<std::string>& programme_zone) {
  const auto& operation = operations_.at(number);
  if (operation.spoilt) {
    return {.answer = std::unexpected(ErrorCode::internal), .changed = false};
  }
  return model_->execute(operation.command, operation.submission, programme_zone);
}

void Judge::foresee(Trace& trace) {
  model_->begin_trial();
  for (const auto& decision : trace.decisions) {
    trace.before.push_back(execute(decision.operation).answer);
  }
  model_->end_trial();
}

void Judge::settle(const Trace& trace) {
  for (std::size_t i = 0; i < trace.decisions.size() && !failure_; ++i) {
    const auto& decision = trace.decisions[i];
    const auto zone = model_->programme().zone;
    if (trace.mixed || !trace.before.empty()) {
      settle_beside_another(trace, i);
    } else {
      settle_alone(decision);
    }
    if (model_->programme().zone != zone) {
      zones_before_.emplace_back(zone, submissions_);
    }
    if (decision.wrote) {
      written_[text_of(decision.operation)].push_back(decision.answer);
    }
  }
}

void Judge::settle_alone(const Decision& decision) {
  const auto outcome = execute(decision.operation);
  compare(decision, outcome.answer);
  if (outcome.changed != decision.wrote) {
    fail(fmt::format("operation {} {} something, and should{} have: {}", decision.operation,
                     decision.wrote ? "wrote" : "did not write", decision.wrote ? " not" : "",
                     text_of(decision.operation)));
  }
  count(decision);
}

// What wrote must be what the model says now that the other has written, since versions guard all
// that it rests on. What did not may rest on what was read before.
void Judge::settle_beside_another(const Trace& trace, std::size_t position) {
  const auto& decision = trace.decisions[position];
  if (decision.wrote && is_told_as_before(decision)) {
    if (!trace.mixed) {
      compare(decision, trace.before.at(position));
    }
    const auto& piece = std::get<model::RecordPiece>(operations_.at(decision.operation).command);
    model_->count(piece, *readings_of(decision.answer));
    tally_->count("a piece told of readings from before another's write");
  } else if (decision.wrote) {
    const auto outcome = execute(decision.operation, zone_read(decision));
    compare(decision, outcome.answer);
    if (!outcome.changed) {
      fail(
          fmt::format("operation {} wrote beside another and should not have", decision.operation));
    }
  } else if (!trace.mixed) {
    compare(decision, trace.before.at(position));
  } else {
    tally_->count("an answer on documents from before and after another's write");
  }
  count(decision);
}

// A command only reads the programme, so its commit doesn't see that another server has changed the
// zone since. It may have had one of before if that was the programme's after it was submitted.
std::optional<std::string> Judge::zone_read(const Decision& decision) {
  const auto& zone = decision.programme_zone;
  if (!zone || *zone == model_->programme().zone) {
    return std::nullopt;
  }
  const auto submission = operations_.at(decision.operation).submission;
  const auto may_be = [&](const auto& before) {
    return before.first == *zone && before.second >= submission;
  };
  if (std::ranges::none_of(zones_before_, may_be)) {
    fail(fmt::format("operation {} was decided with {}, the programme's zone of before it was sent",
                     decision.operation, *zone));
  }
  tally_->count("decided with the programme's zone from before another's write");
  return zone;
}

// A piece that took in no reading wrote its import alone, so what it tells of them may be what it
// read before the other wrote.
bool Judge::is_told_as_before(const Decision& decision) {
  const auto takes_in = [](const model::ReadingAnswer& reading) {
    return reading.outcome == "accepted" || reading.outcome == "restated";
  };
  const auto& command = operations_.at(decision.operation).command;
  const auto* told = readings_of(decision.answer);
  if (!std::holds_alternative<model::RecordPiece>(command) || told == nullptr ||
      std::ranges::any_of(*told, takes_in)) {
    return false;
  }
  model_->begin_trial();
  const auto expected = execute(decision.operation, zone_read(decision)).answer;
  model_->end_trial();
  return expected && decision.answer != expected;
}

void Judge::compare(const Decision& decision, const model::Answer& expected) {
  if (decision.answer != expected) {
    fail(fmt::format("operation {}: {}\n  answered {}\n  expected {}", decision.operation,
                     text_of(decision.operation), model::to_text(decision.answer),
                     model::to_text(expected)));
  }
}

void Judge::count(const Decision& decision) {
  const auto name = name_of(operations_.at(decision.operation));
  tally_->count("decided: " + name + ": " +
                (decision.answer ? "done" : std::string(to_text(decision.answer.error()))));
  if (const auto* readings = readings_of(decision.answer)) {
    for (const auto& reading : *readings) {
      tally_->count("reading: " + reading.outcome);
    }
  }
  if (is_replay(decision.answer)) {
    tally_->count("replayed: " + name);
  }
  const auto member = member_of(operations_.at(decision.operation).command);
  const auto told = total_told(decision.answer);
  if (member && told && *told != model_->users().at(*member).total) {
    tally_->count("told a balance of before: " + name);
  }
  if (decision.answer) {
    if (const auto* withdrawn = std::get_if<model::WithdrawAnswer>(&*decision.answer)) {
      tally_->count("withdrawn readings", static_cast<std::uint64_t>(withdrawn->restated));
    }
  }
}

void Judge::deliver(const Expected& expected, OperationNumber number, const model::Answer& answer) {
  if (number != expected.operation || answer != expected.answer) {
    fail(fmt::format("operation {} was delivered {}\n  after operation {} was committed as {}",
                     number, model::to_text(answer), expected.operation,
                     model::to_text(expected.answer)));
  }
}

void Judge::deliver_undone(const Decision& decision, const model::Answer& answer) {
  tally_->count("answered as decided, since another made the same");
  compare(decision, answer);
  if (decision.wrote) {
    model_->begin_trial();
    const auto outcome = execute(decision.operation);
    model_->end_trial();
    // Of a piece that is in the model says nothing more; other readings in its place, rejected all
    // the same, leave the same import.
    const auto& by_others = written_[text_of(decision.operation)];
    if (!is_piece_already_in(outcome.answer) &&
        std::ranges::find(by_others, decision.answer) == by_others.end()) {
      compare(decision, outcome.answer);
    }
    if (outcome.changed) {
      fail(fmt::format("operation {} is told as done, and is not", decision.operation));
    }
  }
}

std::string Judge::text_of(OperationNumber number) const {
  return model::to_text(operations_.at(number).command);
}

void Judge::fail(const std::string& what) {
  if (!failure_) {
    failure_ = what;
  }
}

}  // namespace wattback::simulation

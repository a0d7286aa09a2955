#include "simulation/model.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "simulation/model_show.h"

namespace wattback::simulation::model {
namespace {

using std::unexpected;

constexpr std::int64_t points_max = 1'000'000'000'000;
constexpr std::int64_t stock_max = 1'000'000'000;

// Of an edit: whether it is refused because another edition stands than the one expected.
bool is_other_edition(std::optional<std::int64_t> expected, std::int64_t stands) {
  return expected && *expected != stands;
}

}  // namespace

Model::Model()
    : users_(journal_),
      emails_(journal_),
      meters_(journal_),
      labels_(journal_),
      readings_(journal_),
      days_(journal_),
      ledger_(journal_),
      rules_(journal_),
      rewards_(journal_),
      reward_names_(journal_),
      movements_(journal_),
      redemptions_(journal_),
      adjustments_(journal_),
      imports_(journal_),
      programme_(journal_) {}

void Model::start(const std::string& zone, const Rules& first) {
  programme_.put(0, {.name = "simulated", .zone = zone});
  rules_.put(1, first);
}

Model::Outcome Model::execute(const Command& command, std::uint64_t submission,
                              const std::optional<std::string>& programme_zone) {
  submission_ = submission;
  programme_zone_ = programme_zone.value_or(programme().zone);
  const auto before = journal_.changes();
  auto answer = std::visit([this](const auto& one) { return decide(one); }, command);
  return {.answer = std::move(answer), .changed = journal_.changes() != before};
}

Answer Model::decide(const CreateUser& command) {
  if (const auto* own = users_.find(command.user)) {
    return *own;
  }
  const auto folded = fold(command.email);
  if (emails_.find(folded) != nullptr) {
    return unexpected(ErrorCode::already_exists);
  }
  User user{.name = command.name,
            .email = command.email,
            .admin = command.admin,
            .zone = command.zone,
            .created_at = command.now,
            .updated_at = command.now};
  users_.put(command.user, user);
  emails_.put(folded, command.user);
  return user;
}

Answer Model::decide(const EditUser& command) {
  const auto* stands = users_.find(command.user);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  auto user = *stands;
  user.name = command.name.value_or(user.name);
  user.email = command.email.value_or(user.email);
  user.admin = command.admin.value_or(user.admin);
  user.suspended = command.suspended.value_or(user.suspended);
  user.zone = command.zone.value_or(user.zone);
  if (user == *stands) {
    return user;
  }
  if (is_other_edition(command.expected_edition, stands->edition)) {
    return unexpected(ErrorCode::precondition_failed);
  }
  const auto administers = [](const User& one) { return one.admin && !one.suspended; };
  if (administers(*stands) && !administers(user)) {
    const auto* other = command.other_admin && *command.other_admin != command.user
                            ? users_.find(*command.other_admin)
                            : nullptr;
    if (other == nullptr || !administers(*other)) {
      return unexpected(ErrorCode::last_administrator);
    }
  }
  const auto before = fold(stands->email);
  const auto after = fold(user.email);
  if (before != after) {
    if (emails_.find(after) != nullptr) {
      return unexpected(ErrorCode::already_exists);
    }
    emails_.erase(before);
    emails_.put(after, command.user);
  }
  user.updated_at = command.now;
  ++user.edition;
  users_.put(command.user, user);
  return user;
}

std::expected<Meter, ErrorCode> Model::meter_to_be(const UserId& user,
                                                   const MeterName& name) const {
  if (const auto* meter = meters_.find(name.meter)) {
    return *meter;
  }
  if (labels_.find({user, name.label}) != nullptr) {
    return unexpected(ErrorCode::already_exists);
  }
  return Meter{.user = user, .label = name.label, .identifier = name.identifier, .zone = ""};
}

Answer Model::decide(const CreateMeter& command) {
  if (users_.find(command.user) == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  const auto meter = meter_to_be(command.user, command.meter);
  if (!meter) {
    return unexpected(meter.error());
  }
  if (meters_.find(command.meter.meter) == nullptr) {
    meters_.put(command.meter.meter, *meter);
    labels_.put({command.user, meter->label}, command.meter.meter);
  }
  return *meter;
}

Answer Model::decide(const RelabelMeter& command) {
  const auto* stands = meters_.find(command.meter);
  if (stands == nullptr || stands->user != command.user) {
    return unexpected(ErrorCode::not_found);
  }
  auto meter = *stands;
  if (meter.label == command.label) {
    return meter;
  }
  if (labels_.find({command.user, command.label}) != nullptr) {
    return unexpected(ErrorCode::already_exists);
  }
  labels_.erase({command.user, meter.label});
  labels_.put({command.user, command.label}, command.meter);
  meter.label = command.label;
  meters_.put(command.meter, meter);
  return meter;
}

Answer Model::decide(const EditProgramme& command) {
  auto programme = programme_.at(0);
  programme.name = command.name.value_or(programme.name);
  programme.zone = command.zone.value_or(programme.zone);
  programme.self_reporting = command.self_reporting.value_or(programme.self_reporting);
  if (programme == programme_.at(0)) {
    return programme;
  }
  if (is_other_edition(command.expected_edition, programme.edition)) {
    return unexpected(ErrorCode::precondition_failed);
  }
  ++programme.edition;
  programme_.put(0, programme);
  return programme;
}

Answer Model::decide(const PublishRules& command) {
  auto programme = programme_.at(0);
  const auto version = command.follows + 1;
  if (command.follows < 1 || command.follows > programme.rules) {
    return unexpected(ErrorCode::conflict);
  }
  const auto& wanted = command.rules;
  if (const auto* there = rules_.find(version)) {
    const bool same = there->effective_day == wanted.effective_day &&
                      there->renewable_rate == wanted.renewable_rate &&
                      there->non_renewable_rate == wanted.non_renewable_rate &&
                      there->daily_cap == wanted.daily_cap;
    return same ? Answer(*there) : unexpected(ErrorCode::conflict);
  }
  const auto utc_date = std::chrono::floor<std::chrono::days>(wanted.created_at);
  if (wanted.effective_day.time_since_epoch() <
      utc_date.time_since_epoch() + std::chrono::days(2)) {
    return unexpected(ErrorCode::invalid);
  }
  rules_.put(version, wanted);
  programme.rules = version;
  programme_.put(0, programme);
  return wanted;
}

// A change of a balance: a rise repays what is owed first, a fall beyond the balance is owed.
void Model::change_points(const UserId& id, std::int64_t change, Entry entry) {
  auto user = users_.at(id);
  const std::int64_t net = user.total - user.owed + change;
  entry.points = std::max<std::int64_t>(net, 0) - user.total;
  entry.owed = std::max<std::int64_t>(-net, 0) - user.owed;
  user.total = std::max<std::int64_t>(net, 0);
  user.owed = std::max<std::int64_t>(-net, 0);
  entry.balance = user.total;
  entry.carry = user.carry;
  ++user.seq;
  ledger_.put({id, user.seq}, entry);
  users_.put(id, user);
}

std::int64_t Model::total_after(const UserId& user, std::int64_t seq) const {
  return ledger_.at({user, seq}).balance;
}

AdjustmentAnswer Model::adjustment_answer(const UserId& user, const Adjustment& adjustment,
                                          bool replayed) const {
  return {
      .adjustment = adjustment, .total = total_after(user, adjustment.seq), .replayed = replayed};
}

Answer Model::adjust(const UserId& id, const std::string& key, Adjustment wanted) {
  const auto* user = users_.find(id);
  if (user == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  if (const auto* done = adjustments_.find({id, key})) {
    const bool same = done->operation == wanted.operation && done->points == wanted.points &&
                      done->reason == wanted.reason;
    return same ? Answer(adjustment_answer(id, *done, true)) : unexpected(ErrorCode::key_reused);
  }
  if (wanted.operation == "adjust") {
    if (wanted.points == 0 || wanted.points > points_max || wanted.points < -points_max) {
      return unexpected(ErrorCode::invalid);
    }
    if (wanted.points > 0 && user->total + wanted.points > points_max) {
      return unexpected(ErrorCode::limit_exceeded);
    }
    if (user->total + wanted.points < 0) {
      return unexpected(ErrorCode::insufficient_points);
    }
  } else {
    if (wanted.points <= 0) {
      return unexpected(ErrorCode::invalid);
    }
    if (wanted.points > user->owed) {
      return unexpected(ErrorCode::limit_exceeded);
    }
  }
  change_points(id, wanted.points,
                {.kind = "adjusted",
                 .cause = "adjustment " + key,
                 .day = std::nullopt,
                 .reason = wanted.reason,
                 .created_at = wanted.created_at});
  wanted.seq = users_.at(id).seq;
  adjustments_.put({id, key}, wanted);
  return adjustment_answer(id, wanted, false);
}

Answer Model::decide(const Adjust& command) {
  return adjust(command.user, command.key,
                {.operation = "adjust",
                 .points = command.points,
                 .reason = command.reason,
                 .created_at = command.now});
}

Answer Model::decide(const WriteOff& command) {
  return adjust(command.user, command.key,
                {.operation = "write off",
                 .points = command.points,
                 .reason = command.reason,
                 .created_at = command.now});
}

Answer Model::decide(const CreateReward& command) {
  if (const auto* own = rewards_.find(command.reward)) {
    return *own;
  }
  if (command.price < 1 || command.price > points_max || command.stock < 0 ||
      command.stock > stock_max) {
    return unexpected(ErrorCode::invalid);
  }
  const auto folded = fold(command.name);
  if (reward_names_.find(folded) != nullptr) {
    return unexpected(ErrorCode::already_exists);
  }
  Reward reward{.name = command.name,
                .description = command.description,
                .price = command.price,
                .inventory = command.stock,
                .stocked = command.stock,
                .created_at = command.now,
                .updated_at = command.now};
  rewards_.put(command.reward, reward);
  reward_names_.put(folded, command.reward);
  if (command.stock > 0) {
    movements_.put({command.reward, "opening"},
                   {.delta = command.stock, .reason = "opening", .created_at = command.now});
  }
  return reward;
}

Answer Model::decide(const EditReward& command) {
  const auto* stands = rewards_.find(command.reward);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  auto reward = *stands;
  reward.name = command.name.value_or(reward.name);
  reward.price = command.price.value_or(reward.price);
  reward.archived = command.archived.value_or(reward.archived);
  if (reward.price < 1 || reward.price > points_max) {
    return unexpected(ErrorCode::invalid);
  }
  if (reward == *stands) {
    return reward;
  }
  if (is_other_edition(command.expected_edition, stands->edition)) {
    return unexpected(ErrorCode::precondition_failed);
  }
  const auto before = fold(stands->name);
  const auto after = fold(reward.name);
  if (before != after) {
    if (reward_names_.find(after) != nullptr) {
      return unexpected(ErrorCode::already_exists);
    }
    reward_names_.erase(before);
    reward_names_.put(after, command.reward);
  }
  reward.updated_at = command.now;
  ++reward.edition;
  rewards_.put(command.reward, reward);
  return reward;
}

Answer Model::decide(const MoveStock& command) {
  const auto* stands = rewards_.find(command.reward);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  const MovementName name{command.reward, command.key};
  if (const auto* done = movements_.find(name)) {
    const bool same = done->delta == command.delta && done->reason == command.reason;
    return same ? Answer(StockAnswer{.movement = *done, .replayed = true})
                : unexpected(ErrorCode::key_reused);
  }
  if (command.delta == 0 || command.delta > stock_max || command.delta < -stock_max) {
    return unexpected(ErrorCode::invalid);
  }
  auto reward = *stands;
  reward.inventory += command.delta;
  reward.stocked += command.delta;
  if (reward.inventory < 0) {
    return unexpected(ErrorCode::out_of_stock);
  }
  if (reward.stocked > stock_max) {
    return unexpected(ErrorCode::limit_exceeded);
  }
  const Movement movement{
      .delta = command.delta, .reason = command.reason, .created_at = command.now};
  rewards_.put(command.reward, reward);
  movements_.put(name, movement);
  return StockAnswer{.movement = movement, .replayed = false};
}

Answer Model::decide(const Redeem& command) {
  const auto* user = users_.find(command.user);
  if (user == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  const KeyOfUser name{command.user, command.key};
  if (const auto* done = redemptions_.find(name)) {
    if (done->reward != command.reward) {
      return unexpected(ErrorCode::key_reused);
    }
    auto first = *done;  // as it was when it was made
    first.status = "pending";
    first.refund_seq = 0;
    return RedemptionAnswer{
        .redemption = first, .total = total_after(command.user, done->seq), .replayed = true};
  }
  const auto* stands = rewards_.find(command.reward);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  if (user->suspended) {
    return unexpected(ErrorCode::forbidden);
  }
  if (stands->archived || is_other_edition(command.expected_price, stands->price)) {
    return unexpected(ErrorCode::conflict);
  }
  if (stands->inventory == 0) {
    return unexpected(ErrorCode::out_of_stock);
  }
  if (user->total < stands->price) {
    return unexpected(ErrorCode::insufficient_points);
  }
  change_points(command.user, -stands->price,
                {.kind = "redeemed",
                 .cause = "redemption " + command.key,
                 .day = std::nullopt,
                 .created_at = command.now});
  auto reward = *stands;
  --reward.inventory;
  rewards_.put(command.reward, reward);
  const Redemption redemption{.reward = command.reward,
                              .points = reward.price,
                              .seq = users_.at(command.user).seq,
                              .created_at = command.now};
  redemptions_.put(name, redemption);
  return RedemptionAnswer{.redemption = redemption,
                          .total = total_after(command.user, redemption.seq),
                          .replayed = false};
}

Answer Model::decide(const Cancel& command) {
  const auto* stands = redemptions_.find(command.redemption);
  if (stands == nullptr || command.redemption.first != command.user) {
    return unexpected(ErrorCode::not_found);
  }
  auto redemption = *stands;
  if (redemption.status == "fulfilled") {
    return unexpected(ErrorCode::conflict);
  }
  if (redemption.status == "pending") {
    change_points(command.user, redemption.points,
                  {.kind = "refunded",
                   .cause = "redemption " + command.redemption.second,
                   .day = std::nullopt,
                   .created_at = command.now});
    auto reward = rewards_.at(redemption.reward);
    ++reward.inventory;
    rewards_.put(redemption.reward, reward);
    redemption.status = "cancelled";
    redemption.refund_seq = users_.at(command.user).seq;
    redemptions_.put(command.redemption, redemption);
  }
  return RedemptionAnswer{.redemption = redemption,
                          .total = total_after(command.user, redemption.refund_seq),
                          .replayed = false};
}

Answer Model::decide(const Fulfil& command) {
  const auto* stands = redemptions_.find(command.redemption);
  if (stands == nullptr || command.redemption.first != command.user) {
    return unexpected(ErrorCode::not_found);
  }
  auto redemption = *stands;
  if (redemption.status == "cancelled") {
    return unexpected(ErrorCode::conflict);
  }
  if (redemption.status == "pending") {
    redemption.status = "fulfilled";
    redemptions_.put(command.redemption, redemption);
  }
  return RedemptionAnswer{
      .redemption = redemption, .total = users_.at(command.user).total, .replayed = false};
}

std::string to_text(const Answer& answer) {
  if (!answer) {
    return std::string(wattback::to_text(answer.error()));
  }
  return std::visit([](const auto& facts) { return show(facts); }, *answer);
}

std::string to_text(const Command& command) {
  return std::string(command_names.at(command.index())) + " " +
         std::visit([](const auto& one) { return show(one); }, command);
}

}  // namespace wattback::simulation::model

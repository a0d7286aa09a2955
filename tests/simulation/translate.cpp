#include "simulation/translate.h"

#include "base/check.h"

namespace wattback::simulation {
namespace {

constexpr std::string_view renewable = "Renewable";
constexpr std::string_view non_renewable = "Non-Renewable";

std::optional<TimeZone> zone_named(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(TimeZone::find(name).value());
}

std::optional<TimeZone> zone_named(const std::optional<std::string>& name) {
  return name ? zone_named(*name) : std::nullopt;
}

std::string name_of(const std::optional<TimeZone>& zone) { return zone ? zone->name() : ""; }

template <class T, class Wide>
std::optional<T> strong(const std::optional<Wide>& value) {
  return value ? std::optional(T{*value}) : std::nullopt;
}

meters::MeterReference to_product(const model::MeterName& name) {
  return {.meter_id = name.meter,
          .label = name.label,
          .identifier = name.identifier.empty() ? std::nullopt : std::optional(name.identifier)};
}

std::string outcome_of(const usage::ReadingReply& reply) {
  if (reply.outcome == usage::Outcome::rejected) {
    check(reply.error.has_value());
    return std::string(to_text(reply.error->code));
  }
  return std::string(to_text(reply.outcome));
}

std::vector<model::ReadingAnswer> to_model(const std::vector<usage::ReadingReply>& replies) {
  std::vector<model::ReadingAnswer> answers;
  answers.reserve(replies.size());
  for (const auto& reply : replies) {
    answers.push_back({.outcome = outcome_of(reply),
                       .points = reply.points.count,
                       .mwh = reply.energy_change.milliwatt_hours});
  }
  return answers;
}

}  // namespace

users::CreateUser to_product(const model::CreateUser& command) {
  return {.user = command.user,
          .name = command.name,
          .email = command.email,
          .role = command.admin ? users::Role::admin : users::Role::user,
          .time_zone = zone_named(command.zone),
          .password = "",
          .now = command.now};
}

users::EditUser to_product(const model::EditUser& command) {
  users::EditUser edit{.user = command.user,
                       .name = command.name,
                       .email = command.email,
                       .time_zone = zone_named(command.zone),
                       .expected_edition = command.expected_edition,
                       .other_administrator = command.other_admin,
                       .now = command.now};
  if (command.admin) {
    edit.role = *command.admin ? users::Role::admin : users::Role::user;
  }
  if (command.suspended) {
    edit.status = *command.suspended ? users::Status::suspended : users::Status::active;
  }
  return edit;
}

meters::CreateMeter to_product(const model::CreateMeter& command) {
  return {.user = command.user, .meter = to_product(command.meter)};
}

meters::RelabelMeter to_product(const model::RelabelMeter& command) {
  return {.user = command.user, .meter = command.meter, .label = command.label};
}

programme::EditProgramme to_product(const model::EditProgramme& command) {
  return {.name = command.name,
          .time_zone = zone_named(command.zone),
          .self_reporting = command.self_reporting,
          .expected_edition = command.expected_edition};
}

earning::RuleTerms terms_of(const model::Rules& rules) {
  return {.rates = {{std::string(renewable), rules.renewable_rate},
                    {std::string(non_renewable), rules.non_renewable_rate}},
          .daily_cap = strong<Points>(rules.daily_cap)};
}

earning::PublishRules to_product(const model::PublishRules& command) {
  return {.follows = command.follows,
          .effective_day = command.rules.effective_day,
          .terms = terms_of(command.rules),
          .actor = operator_actor,
          .now = command.rules.created_at};
}

usage::RecordReadings to_product(const model::Record& command) {
  usage::RecordReadings record{.user = command.user,
                               .meter = to_product(command.meter),
                               .readings = {},
                               .actor = operator_actor,
                               .now = command.now};
  if (command.import != ImportId{}) {
    record.import_id = command.import;
  }
  for (const auto& value : command.values) {
    record.readings.push_back(
        {.interval = {.start = value.start, .duration = Seconds(value.seconds)},
         .energy = {value.mwh},
         .type = value.type,
         .quality = value.quality == -1 ? std::nullopt : std::optional(value.quality),
         .as_of = value.as_of});
  }
  return record;
}

usage::WithdrawReadings to_product(const model::Withdraw& command) {
  usage::WithdrawReadings withdraw{.user = command.user,
                                   .readings = {},
                                   .import_id = command.import,
                                   .actor = operator_actor,
                                   .now = command.now};
  for (const auto& name : command.readings) {
    withdraw.readings.push_back(
        derive_usage_id(name.user, name.meter, name.start, to_text(name.type)));
  }
  return withdraw;
}

importers::StartImport to_product(const model::StartImport& command) {
  return {.import = command.import,
          .actor = operator_actor,
          .user = command.user,
          .as_of = command.as_of,
          .now = command.now};
}

importers::RecordPiece to_product(const model::RecordPiece& command) {
  importers::RecordPiece piece{.import = command.import,
                               .from = command.from,
                               .rejected = command.rejected,
                               .record = std::nullopt};
  if (command.record) {
    piece.record = to_product(*command.record);
  }
  return piece;
}

importers::FinishImport to_product(const model::FinishImport& command) {
  return {.import = command.import, .records = command.records};
}

importers::WithdrawImport to_product(const model::WithdrawImport& command) {
  return {.import = command.import, .reason_code = command.reason};
}

points::AdjustPoints to_product(const model::Adjust& command) {
  return {.user = command.user,
          .points = {command.points},
          .reason_code = command.reason,
          .key = {command.key},
          .actor = operator_actor,
          .now = command.now};
}

points::WriteOffPoints to_product(const model::WriteOff& command) {
  return {.user = command.user,
          .points = {command.points},
          .reason_code = command.reason,
          .key = {command.key},
          .actor = operator_actor,
          .now = command.now};
}

rewards::CreateReward to_product(const model::CreateReward& command) {
  return {.reward = command.reward,
          .name = command.name,
          .description = command.description,
          .points_required = {command.price},
          .stock = command.stock,
          .actor = operator_actor,
          .now = command.now};
}

rewards::EditReward to_product(const model::EditReward& command) {
  rewards::EditReward edit{.reward = command.reward,
                           .name = command.name,
                           .points_required = strong<Points>(command.price),
                           .expected_edition = command.expected_edition,
                           .now = command.now};
  if (command.archived) {
    edit.status = *command.archived ? rewards::Status::archived : rewards::Status::active;
  }
  return edit;
}

rewards::MoveStock to_product(const model::MoveStock& command) {
  return {.reward = command.reward,
          .delta = command.delta,
          .reason_code = command.reason,
          .key = {command.key},
          .actor = operator_actor,
          .now = command.now};
}

redemptions::Redeem to_product(const model::Redeem& command) {
  return {.user = command.user,
          .reward = command.reward,
          .key = {command.key},
          .expected_points = strong<Points>(command.expected_price),
          .actor = operator_actor,
          .now = command.now};
}

redemptions::CancelRedemption to_product(const model::Cancel& command) {
  return {.user = command.user,
          .redemption =
              redemptions::redemption_id(command.redemption.first, {command.redemption.second}),
          .actor = operator_actor,
          .now = command.now};
}

redemptions::FulfilRedemption to_product(const model::Fulfil& command) {
  return {.user = command.user,
          .redemption =
              redemptions::redemption_id(command.redemption.first, {command.redemption.second})};
}

model::User to_model(const users::User& user) {
  return {.name = user.name,
          .email = user.email,
          .admin = user.role == users::Role::admin,
          .suspended = user.status == users::Status::suspended,
          .zone = name_of(user.time_zone),
          .total = user.total_points.count,
          .owed = user.points_owed.count,
          .carry = user.points_carry.count,
          .seq = user.ledger_seq,
          .created_at = user.created_at,
          .updated_at = user.updated_at,
          .edition = user.edition};
}

model::Meter to_model(const meters::Meter& meter) {
  return {.user = meter.user_id,
          .label = meter.label,
          .identifier = meter.identifier.value_or(""),
          .zone = name_of(meter.time_zone),
          .cadence = meter.cadence.value_or(Seconds(-1)).count(),
          .phase = meter.phase.value_or(Seconds(-1)).count()};
}

model::Programme to_model(const programme::Programme& programme) {
  return {.name = programme.name,
          .zone = programme.time_zone.name(),
          .self_reporting = programme.self_reporting,
          .rules = programme.rules_version,
          .edition = programme.edition};
}

model::Rules to_model(const earning::EarningRules& rules) {
  return {.effective_day = rules.effective_day,
          .renewable_rate = rules.rate(EnergyType::renewable),
          .non_renewable_rate = rules.rate(EnergyType::non_renewable),
          .daily_cap = rules.daily_cap ? std::optional(rules.daily_cap->count) : std::nullopt,
          .created_at = rules.created_at};
}

model::RecordAnswer to_model(const usage::RecordReply& reply) {
  return {.readings = to_model(reply.readings),
          .total = reply.total_points.count,
          .owed = reply.points_owed.count};
}

model::WithdrawAnswer to_model(const usage::WithdrawReadings::Reply& reply) {
  return {.restated = reply.restated,
          .mwh = reply.energy_change.milliwatt_hours,
          .points = reply.points.count};
}

model::Import to_model(const importers::Import& import) {
  return {.user = import.user_id.value_or(UserId{}),
          .status = std::string(to_text(import.status)),
          .as_of = import.as_of,
          .progress = import.progress,
          .read = import.counts.read,
          .accepted = import.counts.accepted,
          .duplicates = import.counts.duplicates,
          .restated = import.counts.restated,
          .superseded = import.counts.superseded,
          .rejected = import.counts.rejected,
          .mwh = import.counts.energy.milliwatt_hours,
          .points = import.counts.points.count,
          .first_date = import.first_date,
          .last_date = import.last_date,
          .reason = import.reason_code.value_or("")};
}

model::PieceAnswer to_model(const importers::RecordPiece::Reply& reply) {
  return {.already_in = reply.already_in, .readings = to_model(reply.readings)};
}

model::AdjustmentAnswer to_model(const points::AdjustmentReply& reply) {
  return {.adjustment = to_model(reply.adjustment),
          .total = reply.total_points.count,
          .replayed = reply.replayed};
}

model::Reward to_model(const rewards::Reward& reward) {
  return {.name = reward.name,
          .description = reward.description,
          .price = reward.points_required.count,
          .inventory = reward.inventory,
          .stocked = reward.stocked,
          .archived = reward.status == rewards::Status::archived,
          .created_at = reward.created_at,
          .updated_at = reward.updated_at,
          .edition = reward.edition};
}

model::StockAnswer to_model(const rewards::StockReply& reply) {
  return {.movement = to_model(reply.movement), .replayed = reply.replayed};
}

model::RedemptionAnswer to_model(const redemptions::RedemptionReply& reply) {
  return {.redemption = to_model(reply.redemption),
          .total = reply.total_points.count,
          .replayed = reply.replayed};
}

model::Reading to_model(const usage::Reading& reading) {
  return {.seconds = reading.duration.count(),
          .day = reading.day,
          .mwh = reading.energy_consumed.milliwatt_hours,
          .points = reading.points_earned.count,
          .quality = reading.quality.value_or(-1),
          .as_of = reading.as_of,
          .import = reading.import_id.value_or(ImportId{}),
          .rules = reading.rules_version,
          .revision = reading.revision,
          .created_at = reading.created_at};
}

model::ReadingName name_of(const usage::Reading& reading) {
  return {.user = reading.user_id,
          .meter = reading.meter_id,
          .start = reading.date,
          .type = reading.energy_type};
}

model::DayTotals to_model(const usage::UsageDaily& daily) {
  return {.renewable = daily.renewable.milliwatt_hours,
          .non_renewable = daily.non_renewable.milliwatt_hours,
          .readings = daily.readings,
          .award = daily.award.count,
          .points = daily.points_earned.count,
          .rules = daily.rules_version};
}

model::Redemption to_model(const redemptions::Redemption& redemption) {
  return {.reward = redemption.reward_id,
          .points = redemption.points_redeemed.count,
          .status = std::string(to_text(redemption.status)),
          .seq = redemption.seq,
          .refund_seq = redemption.refund_seq.value_or(0),
          .created_at = redemption.redemption_date};
}

model::Adjustment to_model(const points::Adjustment& adjustment) {
  return {.points = adjustment.points.count,
          .reason = adjustment.reason_code,
          .seq = adjustment.seq,
          .created_at = adjustment.created_at};
}

model::Movement to_model(const rewards::StockMovement& movement) {
  return {
      .delta = movement.delta, .reason = movement.reason_code, .created_at = movement.created_at};
}

model::Entry to_model(const points::Entry& entry, std::string cause) {
  return {.kind = std::string(to_text(entry.kind)),
          .points = entry.points.count,
          .owed = entry.owed.count,
          .balance = entry.balance.count,
          .carry = entry.carry.count,
          .cause = std::move(cause),
          .day = entry.day,
          .day_renewable = entry.day_renewable.value_or(Energy{}).milliwatt_hours,
          .day_non_renewable = entry.day_non_renewable.value_or(Energy{}).milliwatt_hours,
          .day_award = entry.day_award.value_or(Nanopoints{}).count,
          .day_award_change = entry.day_award_change.value_or(Nanopoints{}).count,
          .rules = entry.rules_version.value_or(0),
          .reason = entry.reason_code.value_or(""),
          .created_at = entry.created_at};
}

}  // namespace wattback::simulation

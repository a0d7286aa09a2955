#include "simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "meters/meter.h"

namespace wattback::simulation {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t sent_max = 300;
constexpr std::size_t keys_max = 30;
const std::string no_zone;

const std::vector<std::string>& zones() {
  static const std::vector<std::string> zones{
      "UTC",          "Europe/Berlin",    "Asia/Kolkata",  "Australia/Adelaide",
      "Pacific/Apia", "America/New_York", "America/Havana"};
  return zones;
}

template <class T>
void remember(std::vector<T>& values, T value, std::size_t max) {
  if (values.size() >= max) {
    values.erase(values.begin());
  }
  values.push_back(std::move(value));
}

}  // namespace

Workload::Workload(const model::Model& model, const WorkloadOptions& options, std::uint64_t seed)
    : model_(&model),
      options_(options),
      chance_(seed),
      // Not long before clocks change in Havana, New York, Berlin and Adelaide.
      now_(Instant(make_day(2026, 3, 5).time_since_epoch()) + hours(chance_.below(24L * 25))) {
  kinds_ = {
      {&Workload::create_user, 12},    {&Workload::edit_user, 25},    {&Workload::create_meter, 8},
      {&Workload::relabel_meter, 8},   {&Workload::publish_rules, 8}, {&Workload::record_one, 330},
      {&Workload::record_many, 90},    {&Workload::record_flood, 2},  {&Workload::withdraw, 25},
      {&Workload::start_import, 12},   {&Workload::record_piece, 60}, {&Workload::finish_import, 8},
      {&Workload::withdraw_import, 5}, {&Workload::adjust, 40},       {&Workload::write_off, 25},
      {&Workload::create_reward, 10},  {&Workload::edit_reward, 20},  {&Workload::move_stock, 50},
      {&Workload::redeem, 150},        {&Workload::cancel, 50},       {&Workload::fulfil, 25},
      {&Workload::edit_programme, 4}};
  for (auto& kind : kinds_) {  // no two runs alike
    kind.weight = chance_.percent(20) ? kind.weight * 3 : kind.weight;
  }
}

Operation Workload::next(Asked of) {
  pass_time();
  Operation operation{.command = make(of), .spoilt = chance_.per_mille(15)};
  remember(sent_, operation.command, sent_max);
  return operation;
}

void Workload::pass_time() {
  now_ += Milliseconds(1 + chance_.below(40'000));
  if (chance_.percent(8) && hours_may_pass_) {
    now_ += minutes(chance_.below(180));
  }
}

model::Command Workload::make(Asked of) {
  if (std::ssize(users_) < 2 || rewards_.empty()) {
    return users_.size() < 2 ? create_user() : create_reward();
  }
  if (chance_.percent(8)) {
    auto command = chance_.pick(sent_);
    const bool may =
        of == Asked::first_server || !std::holds_alternative<model::EditProgramme>(command);
    if (may) {
      refresh(command);
      return command;
    }
  }
  const auto total =
      std::accumulate(kinds_.begin(), kinds_.end(), std::int64_t{0},
                      [](std::int64_t sum, const Kind& kind) { return sum + kind.weight; });
  auto roll = chance_.below(total);
  for (const auto& kind : kinds_) {
    roll -= kind.weight;
    if (roll < 0) {
      const bool may = of == Asked::first_server || kind.make != &Workload::edit_programme;
      return may ? (this->*kind.make)() : record_one();
    }
  }
  check(false);
  return {};
}

void Workload::refresh(model::Command& command) const {
  std::visit(
      [this]<class C>(C& one) {
        if constexpr (std::is_same_v<C, model::CreateUser> ||
                      std::is_same_v<C, model::CreateReward>) {
          return;  // its identity was made with it
        } else if constexpr (std::is_same_v<C, model::PublishRules>) {
          one.rules.created_at = now_;
        } else if constexpr (std::is_same_v<C, model::RecordPiece>) {
          if (one.record) {
            one.record->now = now_;
          }
        } else if constexpr (requires { one.now; }) {
          one.now = now_;
        }
      },
      command);
}

Uuid Workload::fresh_uuid() {
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(chance_.below(256));
  }
  return make_uuid_v8(bytes);
}

UserId Workload::user() {
  return chance_.per_mille(10) ? UserId{fresh_uuid()} : chance_.pick(users_);
}

RewardId Workload::reward() {
  return chance_.per_mille(15) ? RewardId{fresh_uuid()} : chance_.pick(rewards_);
}

std::string Workload::zone() { return chance_.percent(40) ? no_zone : chance_.pick(zones()); }

// Few enough to be taken now and then, in other letters too.
std::string Workload::email() {
  const auto number = chance_.below(options_.members * 2);
  return fmt::format("{}{}@example.org", chance_.percent(20) ? "Member" : "member", number);
}

std::string Workload::reward_name() {
  return fmt::format("{} {}", chance_.percent(20) ? "KETTLE" : "Kettle",
                     chance_.below(options_.rewards * 2));
}

std::string Workload::key(std::vector<std::string>& used) {
  if (!used.empty() && chance_.percent(20)) {
    return chance_.pick(used);
  }
  auto key = fmt::format("key-{}", ++keys_made_);
  remember(used, key, keys_max);
  return key;
}

std::optional<std::int64_t> Workload::edition(std::int64_t stands) {
  return chance_.percent(40) ? std::optional(stands - (chance_.percent(30) ? 1 : 0)) : std::nullopt;
}

model::Command Workload::create_user() {
  const UserId user{fresh_uuid()};
  auto address = email();
  if (std::ssize(users_) < options_.members) {
    address = fmt::format("member{}@example.org", users_.size());
    users_.push_back(user);
  }
  return model::CreateUser{.user = user,
                           .name = fmt::format("Member {}", chance_.below(100)),
                           .email = std::move(address),
                           .admin = chance_.percent(10),
                           .zone = zone(),
                           .now = now_};
}

model::Command Workload::edit_user() {
  model::EditUser edit{.user = user(), .now = now_};
  const auto* stands =
      model_->users().contains(edit.user) ? &model_->users().at(edit.user) : nullptr;
  edit.expected_edition = edition(stands != nullptr ? stands->edition : 1);
  switch (chance_.below(5)) {
    case 0:
      edit.name = fmt::format("Member {}", chance_.below(100));
      break;
    case 1:
      edit.email = email();
      break;
    case 2:
      edit.admin = chance_.percent(50);
      break;
    case 3:
      edit.zone = chance_.pick(zones());
      break;
    default:
      edit.suspended = chance_.percent(30);
      break;
  }
  if (chance_.percent(80)) {
    edit.other_admin = other_admin(edit.user);
  }
  return edit;
}

// Another one who is an administrator now, or anybody.
UserId Workload::other_admin(const UserId& user) {
  for (const auto& [id, other] : model_->users()) {
    if (id != user && other.admin && !other.suspended) {
      return id;
    }
  }
  return this->user();
}

void Workload::plan_meter(const UserId& user, const std::string& label,
                          const std::string& identifier) {
  const auto reference = meters::new_reference(
      user, label, identifier.empty() ? std::nullopt : std::optional(identifier));
  constexpr std::array<std::int64_t, 4> cadences{900, 1800, 3600, 0};
  PlannedMeter planned{
      .user = user,
      .name = {.meter = reference.meter_id, .label = label, .identifier = identifier},
      .cadence = cadences.at(chance_.index_of(cadences.size()))};
  planned.phase = planned.cadence == 3600 && chance_.percent(30) ? 1800 : 0;
  meters_.push_back(std::move(planned));
}

// One of three that each member may have.
Workload::PlannedMeter& Workload::meter_of(const UserId& member) {
  constexpr std::int64_t meters_a_member = 3;
  const auto number = chance_.below(meters_a_member);
  const auto label = number == 0 ? std::string("default") : fmt::format("meter {}", number);
  const auto identifier = number == 2 ? std::string("urn:uuid:2") : std::string();
  const auto found = std::ranges::find_if(meters_, [&](const PlannedMeter& planned) {
    return planned.user == member && planned.name.label == label;
  });
  if (found != meters_.end()) {
    return *found;
  }
  plan_meter(member, label, identifier);
  return meters_.back();
}

model::Command Workload::create_meter() {
  const auto& planned = meter();
  return model::CreateMeter{.user = planned.user, .meter = planned.name};
}

model::Command Workload::relabel_meter() {
  const auto& planned = meter();
  return model::RelabelMeter{.user = chance_.percent(95) ? planned.user : user(),
                             .meter = planned.name.meter,
                             .label = chance_.percent(50)
                                          ? planned.name.label
                                          : fmt::format("meter {}", chance_.between(1, 4))};
}

model::Command Workload::edit_programme() {
  model::EditProgramme edit{.expected_edition = edition(model_->programme().edition)};
  if (chance_.percent(50)) {
    edit.zone = chance_.pick(zones());
  } else if (chance_.percent(50)) {
    edit.self_reporting = chance_.percent(50);
  } else {
    edit.name = fmt::format("Programme {}", chance_.below(3));
  }
  return edit;
}

model::Command Workload::publish_rules() {
  const auto newest = model_->programme().rules;
  const auto utc_date = std::chrono::floor<days>(now_).time_since_epoch();
  constexpr std::array<std::int64_t, 6> rates{0, 1, 333, 10'000, 12'345, 1'000'000};
  // Time leaps here, so that a command may wait for hours until it is decided, which no committer
  // lets it; a day more than the least keeps a version from starting on a day that has begun
  // meanwhile.
  const auto ahead = chance_.percent(20) ? 1 : chance_.between(3, 7);
  model::Rules rules{.effective_day = Day(utc_date) + days(ahead),
                     .renewable_rate = rates.at(chance_.index_of(rates.size())),
                     .non_renewable_rate = rates.at(chance_.index_of(4)),
                     .daily_cap = std::nullopt,
                     .created_at = now_};
  if (chance_.percent(40)) {
    rules.daily_cap = chance_.below(60);
  }
  auto follows = newest - (chance_.percent(25) ? chance_.between(-1, 1) : 0);
  if (newest >= options_.rules_versions) {
    follows = chance_.between(0, newest - 1);
  }
  return model::PublishRules{.follows = follows, .rules = rules};
}

std::int64_t Workload::energy() {
  switch (chance_.below(6)) {
    case 0:
      return 0;
    case 1:
      return chance_.between(1, 100);
    case 2:
      return chance_.pick(std::vector<std::int64_t>{1'000'000, 2'000'000, 333'333, 99'999});
    case 3:
      return chance_.below(50'000'000);
    default:
      return chance_.below(3'000'000);
  }
}

// One of the meter's last slots, so that readings meet.
void Workload::set_interval(model::Value& value, const PlannedMeter& planned) {
  const auto back = chance_.percent(85) ? chance_.between(1, 8) : chance_.between(1, 60);
  if (planned.cadence == 0) {
    const auto found = model_->meters().find(planned.name.meter);
    auto name = model_->programme().zone;
    if (found != model_->meters().end() && !found->second.zone.empty()) {
      name = found->second.zone;
    } else if (model_->users().contains(planned.user)) {
      const auto& of_user = model_->users().at(planned.user).zone;
      name = of_user.empty() ? name : of_user;
    }
    const auto zone = TimeZone::find(name).value();
    const auto day = zone.day_of(now_) - days(1 + back % 12);
    value.start = zone.start_of(day);
    value.seconds = std::chrono::floor<Seconds>(zone.start_of(day + days(1)) - value.start).count();
    return;
  }
  const Seconds cadence(planned.cadence);
  const auto since_epoch = std::chrono::floor<Seconds>(now_).time_since_epoch();
  const auto slot = (since_epoch - Seconds(planned.phase)) / cadence - back;
  value.start = Instant(slot * cadence + Seconds(planned.phase));
  value.seconds = planned.cadence;
}

// Something about it is wrong.
void Workload::spoil(model::Value& value) {
  switch (chance_.below(10)) {
    case 0:
      value.start += hours(24 * 40);
      break;
    case 1:
      value.start = Instant(make_day(1999, 12, 31).time_since_epoch());
      break;
    case 2:
      value.start += Milliseconds(500);
      break;
    case 3:
      value.seconds = chance_.percent(50) ? 0 : 25 * 3600 + 1;
      break;
    case 4:
      value.mwh = -1;
      break;
    case 5:
      value.mwh = 100'000'000'001;
      break;
    case 6:
      value.quality = 256;
      break;
    case 7:
      value.as_of = now_ + minutes(6);
      break;
    case 8:
      value.seconds *= 2;
      break;
    default:
      value.start += Seconds(450);
      break;
  }
}

model::Value Workload::value(const PlannedMeter& planned) {
  model::Value value{
      .mwh = energy(),
      .type = chance_.percent(70) ? EnergyType::renewable : EnergyType::non_renewable};
  set_interval(value, planned);
  if (chance_.percent(30)) {
    value.quality = chance_.between(0, 20);
  }
  // Another value of the same reading half the time, else often the one that stands.
  const model::ReadingName name{planned.user, planned.name.meter, value.start, value.type};
  const auto stands = model_->readings().find(name);
  if (stands != model_->readings().end() && chance_.percent(40)) {
    value.mwh = stands->second.mwh;
  }
  if (chance_.percent(options_.restating_percent)) {
    const auto hour = std::chrono::floor<hours>(now_);
    switch (chance_.below(4)) {
      case 0:
        value.as_of = now_ + minutes(4);
        break;
      case 1:
        value.as_of = hour - hours(chance_.below(30));
        break;
      case 2:  // exactly as old as the one that stands
        value.as_of = stands != model_->readings().end() ? stands->second.as_of : Instant(hour);
        break;
      default:
        value.as_of = now_ - Seconds(chance_.below(100'000));
        break;
    }
  }
  if (stands != model_->readings().end() && chance_.percent(12)) {  // a correction to less
    value.mwh = stands->second.mwh / 2;
    value.as_of = now_;
  }
  if (chance_.percent(4)) {
    spoil(value);
  }
  return value;
}

model::Record Workload::record(const PlannedMeter& planned, std::int64_t count) {
  model::Record record{.user = planned.user, .meter = planned.name, .values = {}, .now = now_};
  for (; count > 0; --count) {
    record.values.push_back(value(planned));
  }
  return record;
}

model::Command Workload::record_one() {
  const auto planned = meter();
  return record(planned, 1);
}

// At most 2 + 20 * (1 + 2) documents.
model::Command Workload::record_many() {
  const auto planned = meter();
  return record(planned, chance_.between(2, 20));
}

// More than a day may hold, once it is sent often enough.
model::Command Workload::record_flood() {
  const auto planned = meter();
  model::Record record{.user = planned.user, .meter = planned.name, .values = {}, .now = now_};
  auto first = value(planned);
  const auto day = std::chrono::floor<days>(first.start) - days(3);
  for (std::int64_t i = 0; i < 24 && planned.cadence > 0; ++i) {
    auto flood = first;
    flood.start = Instant(day) + Seconds(planned.phase + i * planned.cadence);
    flood.mwh = 100'000'000'000;
    flood.as_of = now_;
    record.values.push_back(flood);
    flood.type = EnergyType::non_renewable;
  }
  if (record.values.empty()) {
    record.values.push_back(first);
  }
  return record;
}

model::Command Workload::start_import() {
  constexpr std::size_t imports_max = 12;
  if (imports_.empty() || (imports_.size() < imports_max && chance_.percent(70))) {
    imports_.push_back({.import = ImportId{fresh_uuid()},
                        .as_of = std::chrono::floor<hours>(now_) - hours(chance_.below(40))});
    if (chance_.percent(40)) {
      imports_.back().user = user();
    }
  }
  const auto& planned = chance_.percent(60) ? imports_.back() : chance_.pick(imports_);
  return model::StartImport{
      .import = planned.import, .user = planned.user, .as_of = planned.as_of, .now = now_};
}

model::Command Workload::record_piece() {
  if (imports_.empty()) {
    return start_import();
  }
  auto& planned =
      imports_[chance_.percent(60) ? imports_.size() - 1 : chance_.index_of(imports_.size())];
  model::RecordPiece piece{.import = planned.import, .record = std::nullopt};
  const auto found = model_->imports().find(planned.import);
  const auto progress = found == model_->imports().end() ? 0 : found->second.progress;
  piece.from = chance_.percent(60) ? progress : planned.sent;
  piece.rejected = chance_.percent(20) ? chance_.between(1, 3) : 0;
  if (piece.rejected == 0 || chance_.percent(80)) {
    const auto metered = planned.user && chance_.percent(90) ? meter_of(*planned.user) : meter();
    auto recorded = record(metered, chance_.between(1, 15));
    recorded.import = planned.import;
    if (planned.last_piece && chance_.percent(50)) {  // an importer sends several at one moment
      recorded.now = *planned.last_piece;
    }
    planned.last_piece = recorded.now;
    for (auto& value : recorded.values) {
      value.as_of = planned.as_of;
    }
    piece.record = std::move(recorded);
  }
  planned.sent =
      piece.from + piece.rejected + (piece.record ? std::ssize(piece.record->values) : 0);
  return piece;
}

model::Command Workload::finish_import() {
  if (imports_.empty()) {
    return start_import();
  }
  const auto& planned = chance_.pick(imports_);
  return model::FinishImport{.import = planned.import, .records = planned.sent};
}

model::Command Workload::withdraw_import() {
  if (imports_.empty()) {
    return start_import();
  }
  return model::WithdrawImport{.import = chance_.pick(imports_).import, .reason = "mistaken"};
}

model::Command Workload::withdraw() {
  constexpr std::size_t readings_max = 20;
  model::Withdraw withdraw{.user = user(), .readings = {}, .now = now_};
  std::vector<model::ReadingName> candidates;
  const auto first = model_->readings().lower_bound({.user = withdraw.user});
  for (auto reading = first;
       reading != model_->readings().end() && reading->first.user == withdraw.user; ++reading) {
    if (reading->second.import != ImportId{} || chance_.percent(5)) {
      candidates.push_back(reading->first);
      withdraw.import = reading->second.import != ImportId{} && chance_.percent(30)
                            ? reading->second.import
                            : withdraw.import;
    }
  }
  if (withdraw.import == ImportId{} && imports_.empty()) {
    return start_import();
  }
  if (withdraw.import == ImportId{}) {
    withdraw.import = chance_.pick(imports_).import;
  }
  const auto percent = chance_.percent(50) ? 100 : 40;
  for (const auto& candidate : candidates) {
    const auto& reading = model_->readings().at(candidate);
    const bool taken =
        reading.import == withdraw.import ? chance_.percent(percent) : chance_.percent(5);
    if (taken && withdraw.readings.size() < readings_max) {
      withdraw.readings.push_back(candidate);
    }
  }
  if (!withdraw.readings.empty() && chance_.percent(5)) {
    withdraw.readings.push_back(withdraw.readings.front());
  }
  return withdraw;
}

model::Command Workload::adjust() {
  const auto member = user();
  auto points = chance_.percent(70) ? chance_.between(-50, 400) : chance_.between(-3, 3);
  const auto stands = model_->users().find(member);
  if (stands != model_->users().end() && chance_.percent(60)) {  // all there is
    points = -stands->second.total;
  }
  return model::Adjust{.user = member,
                       .points = chance_.per_mille(5) ? 1'000'000'000'000 : points,
                       .reason = chance_.percent(50) ? "goodwill" : "correction",
                       .key = key(adjustment_keys_),
                       .now = now_};
}

model::Command Workload::write_off() {
  model::WriteOff write_off{.user = user(),
                            .points = chance_.between(0, 5),
                            .reason = "goodwill",
                            .key = key(adjustment_keys_),
                            .now = now_};
  for (const auto& [id, member] : model_->users()) {
    if (member.owed > 0 && chance_.percent(50)) {
      write_off.user = id;
      write_off.points = chance_.between(1, member.owed + 1);
    }
  }
  return write_off;
}

model::Command Workload::create_reward() {
  const RewardId reward{fresh_uuid()};
  auto name = reward_name();
  if (std::ssize(rewards_) < options_.rewards) {
    name = fmt::format("Kettle {}", rewards_.size());
    rewards_.push_back(reward);
  }
  return model::CreateReward{.reward = reward,
                             .name = std::move(name),
                             .description = "boils",
                             .price = chance_.percent(97) ? chance_.between(1, 300) : 0,
                             .stock = chance_.between(0, 8),
                             .now = now_};
}

model::Command Workload::edit_reward() {
  model::EditReward edit{.reward = reward(), .now = now_};
  const auto found = model_->rewards().find(edit.reward);
  edit.expected_edition = edition(found == model_->rewards().end() ? 1 : found->second.edition);
  switch (chance_.below(3)) {
    case 0:
      edit.name = reward_name();
      break;
    case 1:
      edit.price = chance_.percent(95) ? chance_.between(1, 300) : 0;
      break;
    default:
      edit.archived = chance_.percent(25);
      break;
  }
  return edit;
}

model::Command Workload::move_stock() {
  return model::MoveStock{.reward = reward(),
                          .delta = chance_.per_mille(20) ? 1'000'000'000 : chance_.between(-3, 8),
                          .reason = chance_.percent(50) ? "delivery" : "count",
                          .key = key(movement_keys_),
                          .now = now_};
}

model::Command Workload::redeem() {
  model::Redeem redeem{
      .user = user(), .reward = reward(), .key = key(redemption_keys_), .now = now_};
  const auto found = model_->rewards().find(redeem.reward);
  if (found != model_->rewards().end() && chance_.percent(20)) {
    redeem.expected_price = found->second.price + (chance_.percent(20) ? 1 : 0);
  }
  constexpr std::size_t redemptions_max = 60;
  remember(redemptions_, {redeem.user, redeem.key}, redemptions_max);
  return redeem;
}

// One of those that wait, if any does, near a random place among all.
std::optional<model::KeyOfUser> Workload::pending_redemption() {
  const auto& all = model_->redemptions();
  constexpr int looks_max = 20;
  auto found = all.lower_bound({user(), ""});
  for (int looks = 0; looks < looks_max && found != all.end(); ++looks, ++found) {
    if (found->second.status == "pending") {
      return found->first;
    }
  }
  return std::nullopt;
}

model::KeyOfUser Workload::redemption() {
  if (chance_.percent(50)) {
    if (auto pending = pending_redemption()) {
      return *std::move(pending);
    }
  }
  return redemptions_.empty() ? model::KeyOfUser{user(), "none"} : chance_.pick(redemptions_);
}

model::Command Workload::cancel() {
  const auto name = redemption();
  return model::Cancel{
      .user = chance_.percent(97) ? name.first : user(), .redemption = name, .now = now_};
}

model::Command Workload::fulfil() {
  const auto name = redemption();
  return model::Fulfil{.user = chance_.percent(97) ? name.first : user(), .redemption = name};
}

}  // namespace wattback::simulation

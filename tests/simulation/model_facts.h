// What the model of the programme knows and says: commands, answers and the state of things, in
// terms of its own. Includes nothing of src but base, so that nothing it says can come from the
// code it is held against.
//
// Things are named by what caused them: a reading by meter, start and energy type, a redemption by
// member and idempotency key. Instants, days and zones are base's.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/energy.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/time.h"

namespace wattback::simulation::model {

// State. `fields()` is what is compared and printed.

struct User {
  std::string name;
  std::string email;
  bool admin = false;
  bool suspended = false;
  std::string zone;  // empty: the programme's
  std::int64_t total = 0;
  std::int64_t owed = 0;
  std::int64_t carry = 0;
  std::int64_t seq = 0;
  Instant created_at;
  Instant updated_at;
  std::int64_t edition = 1;

  auto fields() const {
    return std::tie(name, email, admin, suspended, zone, total, owed, carry, seq, created_at,
                    updated_at, edition);
  }
};

struct Meter {
  UserId user;
  std::string label;
  std::string identifier;  // empty: none
  std::string zone;        // empty: not fixed yet
  std::int64_t cadence = -1;
  std::int64_t phase = -1;

  auto fields() const { return std::tie(user, label, identifier, zone, cadence, phase); }
};

struct ReadingName {
  UserId user;
  MeterId meter;
  Instant start;
  EnergyType type = EnergyType::renewable;

  auto operator<=>(const ReadingName&) const = default;
  auto fields() const { return std::tie(user, meter, start, type); }
};

struct Reading {
  std::int64_t seconds = 0;
  Day day;
  std::int64_t mwh = 0;
  std::int64_t points = 0;
  std::int64_t quality = -1;  // -1: none
  Instant as_of;
  ImportId import;  // nil: none
  std::int64_t rules = 1;
  std::int64_t revision = 1;
  Instant created_at;
  std::uint64_t made_by = 0;  // the submission; not stored

  auto fields() const {
    return std::tie(seconds, day, mwh, points, quality, as_of, import, rules, revision, created_at);
  }
};

using MemberDay = std::pair<UserId, Day>;

struct DayTotals {
  std::int64_t renewable = 0;
  std::int64_t non_renewable = 0;
  std::int64_t readings = 0;
  std::int64_t award = 0;  // nanopoints
  std::int64_t points = 0;
  std::int64_t rules = 1;

  auto fields() const { return std::tie(renewable, non_renewable, readings, award, points, rules); }
};

using EntryName = std::pair<UserId, std::int64_t>;

struct Entry {
  std::string kind;
  std::int64_t points = 0;
  std::int64_t owed = 0;
  std::int64_t balance = 0;
  std::int64_t carry = 0;
  std::string cause;  // "redemption KEY", "adjustment KEY", "import ID", "reading"
  std::optional<Day> day;
  std::int64_t day_renewable = 0;
  std::int64_t day_non_renewable = 0;
  std::int64_t day_award = 0;
  std::int64_t day_award_change = 0;
  std::int64_t rules = 0;  // 0: none
  std::string reason;
  Instant created_at;

  auto fields() const {
    return std::tie(kind, points, owed, balance, carry, cause, day, day_renewable,
                    day_non_renewable, day_award, day_award_change, rules, reason, created_at);
  }
};

struct Rules {
  Day effective_day;
  std::int64_t renewable_rate = 0;  // thousandths of a point per kWh
  std::int64_t non_renewable_rate = 0;
  std::optional<std::int64_t> daily_cap;  // points
  Instant created_at;

  auto fields() const {
    return std::tie(effective_day, renewable_rate, non_renewable_rate, daily_cap, created_at);
  }
};

struct Programme {
  std::string name;
  std::string zone;
  bool self_reporting = false;
  std::int64_t rules = 1;
  std::int64_t edition = 1;

  auto fields() const { return std::tie(name, zone, self_reporting, rules, edition); }
};

struct Reward {
  std::string name;
  std::string description;
  std::int64_t price = 1;
  std::int64_t inventory = 0;
  std::int64_t stocked = 0;
  bool archived = false;
  Instant created_at;
  Instant updated_at;
  std::int64_t edition = 1;

  auto fields() const {
    return std::tie(name, description, price, inventory, stocked, archived, created_at, updated_at,
                    edition);
  }
};

using MovementName = std::pair<RewardId, std::string>;  // by idempotency key

struct Movement {
  std::int64_t delta = 0;
  std::string reason;
  Instant created_at;

  auto fields() const { return std::tie(delta, reason, created_at); }
};

using KeyOfUser = std::pair<UserId, std::string>;  // a member's idempotency key

struct Redemption {
  RewardId reward;
  std::int64_t points = 0;
  std::string status = "pending";
  std::int64_t seq = 0;
  std::int64_t refund_seq = 0;  // 0: none
  Instant created_at;

  auto fields() const { return std::tie(reward, points, status, seq, refund_seq, created_at); }
};

struct Adjustment {
  std::string operation;  // "adjust" or "write off"; not stored, told by what it did
  std::int64_t points = 0;
  std::string reason;
  std::int64_t seq = 0;
  Instant created_at;

  auto fields() const { return std::tie(points, reason, seq, created_at); }
};

struct Import {
  UserId user;  // of all its readings; nil: of any
  std::string status = "running";
  Instant as_of;
  std::int64_t progress = 0;
  std::int64_t read = 0;
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t restated = 0;
  std::int64_t superseded = 0;
  std::int64_t rejected = 0;
  std::int64_t mwh = 0;
  std::int64_t points = 0;
  std::optional<Instant> first_date;
  std::optional<Instant> last_date;
  std::string reason;

  auto fields() const {
    return std::tie(user, status, as_of, progress, read, accepted, duplicates, restated, superseded,
                    rejected, mwh, points, first_date, last_date, reason);
  }
};

// Commands.

struct CreateUser {
  UserId user;
  std::string name;
  std::string email;
  bool admin = false;
  std::string zone;
  Instant now;

  auto fields() const { return std::tie(user, name, email, admin, zone, now); }
};

struct EditUser {
  UserId user;
  std::optional<std::string> name;
  std::optional<std::string> email;
  std::optional<bool> admin;
  std::optional<bool> suspended;
  std::optional<std::string> zone;
  std::optional<std::int64_t> expected_edition;
  std::optional<UserId> other_admin;  // who is said to remain one
  Instant now;

  auto fields() const {
    return std::tie(user, name, email, admin, suspended, zone, expected_edition, other_admin, now);
  }
};

struct MeterName {  // the one with this id, or how it is made
  MeterId meter;
  std::string label;
  std::string identifier;

  auto fields() const { return std::tie(meter, label, identifier); }
};

struct CreateMeter {
  UserId user;
  MeterName meter;

  auto fields() const { return std::tie(user, meter); }
};

struct RelabelMeter {
  UserId user;
  MeterId meter;
  std::string label;

  auto fields() const { return std::tie(user, meter, label); }
};

struct EditProgramme {
  std::optional<std::string> name;
  std::optional<std::string> zone;
  std::optional<bool> self_reporting;
  std::optional<std::int64_t> expected_edition;

  auto fields() const { return std::tie(name, zone, self_reporting, expected_edition); }
};

struct PublishRules {
  std::int64_t follows = 1;
  Rules rules;  // created_at: now

  auto fields() const { return std::tie(follows, rules); }
};

struct Value {  // what a source says of one interval
  Instant start;
  std::int64_t seconds = 0;
  std::int64_t mwh = 0;
  EnergyType type = EnergyType::renewable;
  std::int64_t quality = -1;
  std::optional<Instant> as_of;

  auto fields() const { return std::tie(start, seconds, mwh, type, quality, as_of); }
};

struct Record {
  UserId user;
  MeterName meter;
  std::vector<Value> values;
  ImportId import;  // nil: none
  Instant now;

  auto fields() const { return std::tie(user, meter, values, import, now); }
};

struct Withdraw {
  UserId user;
  std::vector<ReadingName> readings;
  ImportId import;
  Instant now;

  auto fields() const { return std::tie(user, readings, import, now); }
};

struct StartImport {
  ImportId import;
  std::optional<UserId> user;
  Instant as_of;
  Instant now;

  auto fields() const { return std::tie(import, user, as_of, now); }
};

struct RecordPiece {
  ImportId import;
  std::int64_t from = 0;
  std::int64_t rejected = 0;
  std::optional<Record> record;

  auto fields() const { return std::tie(import, from, rejected, record); }
};

struct FinishImport {
  ImportId import;
  std::int64_t records = 0;

  auto fields() const { return std::tie(import, records); }
};

struct WithdrawImport {
  ImportId import;
  std::string reason;

  auto fields() const { return std::tie(import, reason); }
};

struct Adjust {
  UserId user;
  std::int64_t points = 0;
  std::string reason;
  std::string key;
  Instant now;

  auto fields() const { return std::tie(user, points, reason, key, now); }
};

struct WriteOff {
  UserId user;
  std::int64_t points = 0;
  std::string reason;
  std::string key;
  Instant now;

  auto fields() const { return std::tie(user, points, reason, key, now); }
};

struct CreateReward {
  RewardId reward;
  std::string name;
  std::string description;
  std::int64_t price = 1;
  std::int64_t stock = 0;
  Instant now;

  auto fields() const { return std::tie(reward, name, description, price, stock, now); }
};

struct EditReward {
  RewardId reward;
  std::optional<std::string> name;
  std::optional<std::int64_t> price;
  std::optional<bool> archived;
  std::optional<std::int64_t> expected_edition;
  Instant now;

  auto fields() const { return std::tie(reward, name, price, archived, expected_edition, now); }
};

struct MoveStock {
  RewardId reward;
  std::int64_t delta = 0;
  std::string reason;
  std::string key;
  Instant now;

  auto fields() const { return std::tie(reward, delta, reason, key, now); }
};

struct Redeem {
  UserId user;
  RewardId reward;
  std::string key;
  std::optional<std::int64_t> expected_price;
  Instant now;

  auto fields() const { return std::tie(user, reward, key, expected_price, now); }
};

struct Cancel {
  UserId user;
  KeyOfUser redemption;
  Instant now;

  auto fields() const { return std::tie(user, redemption, now); }
};

struct Fulfil {
  UserId user;
  KeyOfUser redemption;

  auto fields() const { return std::tie(user, redemption); }
};

using Command =
    std::variant<CreateUser, EditUser, CreateMeter, RelabelMeter, EditProgramme, PublishRules,
                 Record, Withdraw, StartImport, RecordPiece, FinishImport, WithdrawImport, Adjust,
                 WriteOff, CreateReward, EditReward, MoveStock, Redeem, Cancel, Fulfil>;

inline constexpr std::array<const char*, std::variant_size_v<Command>> command_names{
    "create user",   "edit user",       "create meter", "relabel meter", "edit programme",
    "publish rules", "record",          "withdraw",     "start import",  "record piece",
    "finish import", "withdraw import", "adjust",       "write off",     "create reward",
    "edit reward",   "move stock",      "redeem",       "cancel",        "fulfil"};

// Answers.

struct ReadingAnswer {
  std::string outcome;  // "accepted", ..., or the error's code where rejected
  std::int64_t points = 0;
  std::int64_t mwh = 0;

  auto fields() const { return std::tie(outcome, points, mwh); }
};

struct RecordAnswer {
  std::vector<ReadingAnswer> readings;
  std::int64_t total = 0;
  std::int64_t owed = 0;

  auto fields() const { return std::tie(readings, total, owed); }
};

struct PieceAnswer {
  bool already_in = false;
  std::vector<ReadingAnswer> readings;

  auto fields() const { return std::tie(already_in, readings); }
};

struct WithdrawAnswer {
  std::int64_t restated = 0;
  std::int64_t mwh = 0;
  std::int64_t points = 0;

  auto fields() const { return std::tie(restated, mwh, points); }
};

struct AdjustmentAnswer {
  Adjustment adjustment;
  std::int64_t total = 0;  // that its entry left
  bool replayed = false;

  auto fields() const { return std::tie(adjustment, total, replayed); }
};

struct StockAnswer {
  Movement movement;
  bool replayed = false;

  auto fields() const { return std::tie(movement, replayed); }
};

struct RedemptionAnswer {
  Redemption redemption;
  std::int64_t total = 0;  // that its entry, or its refund's, left; of a fulfilment, that of now
  bool replayed = false;

  auto fields() const { return std::tie(redemption, total, replayed); }
};

using Facts = std::variant<User, Meter, Programme, Rules, RecordAnswer, PieceAnswer, WithdrawAnswer,
                           Import, AdjustmentAnswer, Reward, StockAnswer, RedemptionAnswer>;
using Answer = std::expected<Facts, ErrorCode>;

std::string to_text(const Answer& answer);
std::string to_text(const Command& command);

template <class T>
concept HasFields = requires(const T& value) { value.fields(); };

template <HasFields T>
bool operator==(const T& a, const T& b) {
  return a.fields() == b.fields();
}

}  // namespace wattback::simulation::model

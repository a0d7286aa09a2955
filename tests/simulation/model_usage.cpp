// Readings, the days they add up to, and what those earn.
#include <algorithm>
#include <set>

#include "base/check.h"
#include "simulation/model.h"
#include "simulation/model_show.h"

namespace wattback::simulation::model {
namespace {

using std::unexpected;
using std::chrono::days;

constexpr std::int64_t nanopoints = 1'000'000'000;
constexpr std::int64_t reading_mwh_max = 100'000'000'000;
constexpr std::int64_t day_mwh_max = 4'000'000'000'000;
constexpr std::int64_t seconds_max = 25L * 3600;
constexpr auto ahead_max = std::chrono::minutes(5);

Instant end_of(const Value& value) { return value.start + Seconds(value.seconds); }

// What keeps a value from being taken whatever is recorded already.
std::optional<ErrorCode> find_fault(const Value& value, Instant now) {
  const auto year_2000 = Instant(make_day(2000, 1, 1).time_since_epoch());
  const bool well_formed =
      value.start >= year_2000 && value.start == std::chrono::floor<Seconds>(value.start) &&
      value.seconds >= 1 && value.seconds <= seconds_max && end_of(value) <= now + ahead_max &&
      value.mwh >= 0 && value.quality >= -1 && value.quality <= 255 &&
      (!value.as_of || *value.as_of <= now + ahead_max);
  if (!well_formed) {
    return ErrorCode::invalid;
  }
  return value.mwh > reading_mwh_max ? std::optional(ErrorCode::limit_exceeded) : std::nullopt;
}

bool is_local_day(const TimeZone& zone, const Value& value) {
  const auto day = zone.day_of(value.start);
  return value.start == zone.start_of(day) && end_of(value) == zone.start_of(day + days(1));
}

std::int64_t phase_of(const Value& value, std::int64_t cadence) {
  const auto seconds = std::chrono::floor<Seconds>(value.start).time_since_epoch().count();
  return ((seconds % cadence) + cadence) % cadence;
}

// The first reading of a meter fixes its zone, its cadence (0: the local day) and its phase.
void fix(Meter& meter, const std::string& zone, const Value& value) {
  meter.zone = zone;
  meter.cadence = is_local_day(TimeZone::find(zone).value(), value) ? 0 : value.seconds;
  meter.phase = meter.cadence == 0 ? 0 : phase_of(value, meter.cadence);
}

bool fits(const Meter& meter, const TimeZone& zone, const Value& value) {
  if (meter.cadence == 0) {
    return is_local_day(zone, value);
  }
  return value.seconds == meter.cadence && phase_of(value, meter.cadence) == meter.phase;
}

ReadingAnswer rejected(ErrorCode code) { return {.outcome = std::string(wattback::to_text(code))}; }

std::int64_t& energy_of(DayTotals& totals, EnergyType type) {
  return type == EnergyType::renewable ? totals.renewable : totals.non_renewable;
}

}  // namespace

// A local day while a command changes its readings.
struct Model::OpenDay {
  UserId user;
  Day day;
  DayTotals totals;
  std::int64_t award_before = 0;
  std::int64_t points = 0;
  bool restated = false;
  bool touched = false;
  std::set<ReadingName> seen;  // in this command
};

std::int64_t Model::rules_in_force(Day day) const {
  std::int64_t in_force = 1;
  Day since = Day::min();
  for (const auto& [version, rules] : rules_.rows()) {
    if (version > 1 && rules.effective_day <= day && rules.effective_day >= since) {
      in_force = version;
      since = rules.effective_day;
    }
  }
  return in_force;
}

// min(cap, sum over energy types of energy times rate), exactly.
Wide Model::award(const Rules& rules, const DayTotals& totals) const {
  const Wide sum = Wide{totals.renewable} * rules.renewable_rate +
                   Wide{totals.non_renewable} * rules.non_renewable_rate;
  return rules.daily_cap ? std::min(sum, Wide{*rules.daily_cap} * nanopoints) : sum;
}

Model::OpenDay Model::open_day(const UserId& user, Day day) {
  const auto* totals = days_.find({user, day});
  OpenDay open{.user = user, .day = day};
  open.totals = totals != nullptr ? *totals : DayTotals{.rules = rules_in_force(day)};
  check(open.totals.rules == rules_in_force(day));
  open.award_before = open.totals.award;
  return open;
}

bool Model::fits_day(const OpenDay& open, EnergyType type, std::int64_t change) const {
  auto totals = open.totals;
  return energy_of(totals, type) + change <= day_mwh_max;
}

// Moves the day's energy and award; answers the whole points that the change attributes.
std::int64_t Model::change_day(OpenDay& open, EnergyType type, std::int64_t change, int readings) {
  auto user = users_.at(open.user);
  energy_of(open.totals, type) += change;
  const Wide after = award(rules_.at(open.totals.rules), open.totals);
  const Wide exact = Wide{user.carry} + after - open.totals.award;
  Wide points = exact / nanopoints;
  if (points * nanopoints > exact) {
    --points;
  }
  user.carry = static_cast<std::int64_t>(exact - points * nanopoints);
  users_.put(open.user, user);
  open.totals.award = static_cast<std::int64_t>(after);
  open.totals.readings += readings;
  open.totals.points += static_cast<std::int64_t>(points);
  open.points += static_cast<std::int64_t>(points);
  open.touched = true;
  return static_cast<std::int64_t>(points);
}

void Model::close_day(const OpenDay& open, const std::string& cause, Instant now) {
  if (open.touched) {
    days_.put({open.user, open.day}, open.totals);
  }
  if (open.totals.award == open.award_before) {
    return;
  }
  change_points(open.user, open.points,
                {.kind = open.restated ? "restated" : "earned",
                 .cause = cause,
                 .day = open.day,
                 .day_renewable = open.totals.renewable,
                 .day_non_renewable = open.totals.non_renewable,
                 .day_award = open.totals.award,
                 .day_award_change = open.totals.award - open.award_before,
                 .rules = open.totals.rules,
                 .created_at = now});
}

// Whether this very submission recorded it, and nothing has happened to it since.
bool Model::is_own(const Record& command, const Value& value, const Reading& stands) const {
  return stands.made_by == submission_ && command.import == ImportId{} && stands.revision == 1 &&
         stands.mwh == value.mwh && stands.as_of == value.as_of.value_or(command.now);
}

// One value of a day, against what is recorded.
ReadingAnswer Model::take(const Record& command, const Value& value, OpenDay& open) {
  const ReadingName name{command.user, command.meter.meter, value.start, value.type};
  const auto* stands = readings_.find(name);
  auto reading = stands != nullptr ? *stands
                                   : Reading{.seconds = value.seconds,
                                             .day = open.day,
                                             .rules = open.totals.rules,
                                             .revision = 0,
                                             .created_at = command.now,
                                             .made_by = submission_};
  const bool is_first_here = open.seen.insert(name).second;
  if (stands != nullptr && is_first_here && is_own(command, value, *stands)) {
    return {.outcome = "accepted", .points = stands->points, .mwh = stands->mwh};
  }
  const auto change = value.mwh - reading.mwh;
  if (stands != nullptr && change != 0) {
    if (!value.as_of) {
      return rejected(ErrorCode::conflict);
    }
    const bool wins = *value.as_of > reading.as_of || (*value.as_of == reading.as_of && change < 0);
    if (!wins) {
      return {.outcome = "superseded"};
    }
  }
  const bool is_duplicate = stands != nullptr && change == 0;
  if (is_duplicate && (!value.as_of || *value.as_of <= reading.as_of)) {
    return {.outcome = "duplicate"};
  }
  if (!fits_day(open, value.type, change)) {
    return rejected(ErrorCode::limit_exceeded);
  }
  reading.as_of = value.as_of.value_or(command.now);
  reading.quality = value.quality;
  if (is_duplicate) {
    readings_.put(name, reading);
    return {.outcome = "duplicate"};
  }
  reading.import = command.import;
  const auto points = change_day(open, value.type, change, stands == nullptr ? 1 : 0);
  open.restated = open.restated || stands != nullptr;
  reading.mwh = value.mwh;
  reading.points += points;
  ++reading.revision;
  readings_.put(name, reading);
  return {.outcome = stands == nullptr ? "accepted" : "restated", .points = points, .mwh = change};
}

std::expected<RecordAnswer, ErrorCode> Model::record(const Record& command) {
  const auto* user = users_.find(command.user);
  if (user == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  auto meter = meter_to_be(command.user, command.meter);
  if (!meter) {
    return unexpected(meter.error());
  }
  const auto zone_if_first = user->zone.empty() ? programme_zone_ : user->zone;
  const bool was_fixed = !meter->zone.empty();

  RecordAnswer answer{.readings = std::vector<ReadingAnswer>(command.values.size())};
  std::map<Day, std::vector<std::size_t>> by_day;
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const auto& value = command.values[i];
    if (const auto fault = find_fault(value, command.now)) {
      answer.readings[i] = rejected(*fault);
      continue;
    }
    if (meter->zone.empty()) {
      fix(*meter, zone_if_first, value);
    }
    const auto zone = TimeZone::find(meter->zone).value();
    if (fits(*meter, zone, value)) {
      by_day[zone.day_of(value.start)].push_back(i);
    } else {
      answer.readings[i] = rejected(ErrorCode::invalid);
    }
  }
  const auto cause =
      command.import == ImportId{} ? std::string("reading") : "import " + show(command.import);
  for (const auto& [day, positions] : by_day) {
    auto open = open_day(command.user, day);
    for (const auto position : positions) {
      answer.readings[position] = take(command, command.values[position], open);
    }
    close_day(open, cause, command.now);
  }
  const bool was_taken = std::ranges::any_of(
      answer.readings, [](const auto& reading) { return reading.outcome == "accepted"; });
  if (!was_fixed && was_taken) {
    meters_.put(command.meter.meter, *meter);
    if (labels_.find({command.user, meter->label}) == nullptr) {
      labels_.put({command.user, meter->label}, command.meter.meter);
    }
  }
  answer.total = users_.at(command.user).total;
  answer.owed = users_.at(command.user).owed;
  return answer;
}

Answer Model::decide(const Record& command) {
  auto answer = record(command);
  return answer ? Answer(std::move(*answer)) : unexpected(answer.error());
}

Answer Model::decide(const Withdraw& command) {
  if (users_.find(command.user) == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  std::map<Day, std::vector<ReadingName>> by_day;
  std::set<ReadingName> seen;
  for (const auto& name : command.readings) {
    const auto* reading = readings_.find(name);
    const bool withdrawn =
        reading != nullptr && reading->import == command.import && reading->mwh > 0;
    if (withdrawn && seen.insert(name).second) {
      by_day[reading->day].push_back(name);
    }
  }
  WithdrawAnswer answer;
  for (const auto& [day, names] : by_day) {
    auto open = open_day(command.user, day);
    open.restated = true;
    for (const auto& name : names) {
      auto reading = readings_.at(name);
      const auto points = change_day(open, name.type, -reading.mwh, 0);
      ++answer.restated;
      answer.mwh -= reading.mwh;
      answer.points += points;
      reading.mwh = 0;
      reading.points += points;
      reading.as_of = std::max(reading.as_of, command.now);
      ++reading.revision;
      readings_.put(name, reading);
    }
    close_day(open, "import " + show(command.import), command.now);
  }
  return answer;
}

Answer Model::decide(const StartImport& command) {
  if (const auto* there = imports_.find(command.import)) {
    return there->status == "withdrawn" ? Answer(unexpected(ErrorCode::conflict)) : Answer(*there);
  }
  if (command.user && users_.find(*command.user) == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  Import import{.user = command.user.value_or(UserId{}),
                .as_of = command.as_of,
                .first_date = {},
                .last_date = {}};
  imports_.put(command.import, import);
  return import;
}

namespace {

std::int64_t& count_of(Import& import, const ReadingAnswer& answer) {
  if (answer.outcome == "accepted") {
    return import.accepted;
  }
  if (answer.outcome == "duplicate") {
    return import.duplicates;
  }
  if (answer.outcome == "restated") {
    return import.restated;
  }
  return answer.outcome == "superseded" ? import.superseded : import.rejected;
}

// The progress of its import when the piece is in.
std::int64_t end_of(const RecordPiece& piece) {
  const auto size = piece.record ? piece.record->values.size() : 0;
  return piece.from + piece.rejected + static_cast<std::int64_t>(size);
}

}  // namespace

// A piece is atomic with the import's progress; one that is in already changes nothing.
Answer Model::decide(const RecordPiece& command) {
  const auto* stands = imports_.find(command.import);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  if (stands->status == "withdrawn") {
    return unexpected(ErrorCode::conflict);
  }
  if (command.record && stands->user != UserId{} && stands->user != command.record->user) {
    return unexpected(ErrorCode::invalid);
  }
  if (stands->progress >= end_of(command)) {
    return PieceAnswer{.already_in = true, .readings = {}};
  }
  if (stands->progress != command.from) {
    return unexpected(ErrorCode::conflict);
  }
  PieceAnswer answer;
  if (command.record) {
    auto recorded = record(*command.record);
    answer.readings = recorded ? recorded->readings
                               : std::vector<ReadingAnswer>(command.record->values.size(),
                                                            rejected(recorded.error()));
  }
  count(command, answer.readings);
  return answer;
}

void Model::count(const RecordPiece& command, const std::vector<ReadingAnswer>& told) {
  auto import = *imports_.find(command.import);
  for (std::size_t i = 0; i < told.size(); ++i) {
    auto& many = count_of(import, told[i]);
    ++many;
    import.mwh += told[i].mwh;
    import.points += told[i].points;
    if (&many != &import.rejected) {
      const auto& value = command.record->values.at(i);
      import.first_date = std::min(import.first_date.value_or(value.start), value.start);
      import.last_date = std::max(import.last_date.value_or(value.start), value.start);
    }
  }
  import.rejected += command.rejected;
  import.read += end_of(command) - command.from;
  import.progress = end_of(command);
  imports_.put(command.import, import);
}

Answer Model::decide(const FinishImport& command) {
  const auto* stands = imports_.find(command.import);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  auto import = *stands;
  if (import.status == "running") {
    if (import.progress != command.records) {
      return unexpected(ErrorCode::conflict);
    }
    import.status = "done";
    imports_.put(command.import, import);
  }
  return import;
}

Answer Model::decide(const WithdrawImport& command) {
  const auto* stands = imports_.find(command.import);
  if (stands == nullptr) {
    return unexpected(ErrorCode::not_found);
  }
  auto import = *stands;
  if (import.status != "withdrawn") {
    import.status = "withdrawn";
    import.reason = command.reason;
    imports_.put(command.import, import);
  }
  return import;
}

}  // namespace wattback::simulation::model

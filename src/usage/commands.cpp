#include "usage/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "earning/commands.h"
#include "meters/commands.h"
#include "programme/programme.h"
#include "usage/day_book.h"
#include "users/user.h"

namespace wattback::usage {
namespace {

struct Context {
  users::User user;
  programme::Programme programme;
  std::vector<earning::EarningRules> rules;
};

Result<Context> load_context(commit::Workspace& workspace, const UserId& user) {
  auto member = workspace.get(users::codec(), users::key(user));
  if (!member) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  auto programme = workspace.get(programme::codec(), programme::key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  auto rules = earning::load_versions(workspace, *programme);
  return Context{
      .user = std::move(*member), .programme = std::move(*programme), .rules = std::move(rules)};
}

ReadingReply rejected(Error error) {
  return {.outcome = Outcome::rejected, .error = std::move(error)};
}

// A command's readings, decided one local day after the other.
class Recording {
 public:
  Recording(const RecordReadings& command, commit::Workspace& workspace, Context context,
            meters::FoundMeter meter)
      : command_(&command),
        workspace_(&workspace),
        context_(std::move(context)),
        meter_(std::move(meter)) {
    reply_.readings.resize(command.readings.size());
  }

  RecordReply record() {
    for (const auto& [day, positions] : readings_by_day()) {
      record_day(day, positions);
    }
    if (written_) {
      write_meter();
      workspace_->replace(users::codec(), context_.user);
    } else if (!command_->import_id) {  // whose pieces tell of no balance
      workspace_->confirm(users::key(command_->user));
    }
    reply_.total_points = context_.user.total_points;
    reply_.points_owed = context_.user.points_owed;
    return std::move(reply_);
  }

 private:
  // The positions of the readings that can be taken, by their local day. The first one fixes a
  // meter that has none yet.
  std::map<Day, std::vector<std::size_t>> readings_by_day() {
    std::map<Day, std::vector<std::size_t>> days;
    auto& meter = meter_.meter;
    for (std::size_t i = 0; i < command_->readings.size(); ++i) {
      const auto& input = command_->readings[i];
      if (const auto checked = check_reading(input, command_->now); !checked) {
        reply_.readings[i] = rejected(checked.error());
        continue;
      }
      if (!meter.is_fixed()) {
        const auto& zone = context_.user.time_zone;
        meter = meters::fixed_by(std::move(meter), zone.value_or(context_.programme.time_zone),
                                 input.interval);
        meter_changed_ = true;
      }
      if (auto misfit = meters::find_misfit(meter, input.interval)) {
        reply_.readings[i] = rejected(fail_field("start", std::move(*misfit)).error());
        continue;
      }
      days[day_of(input)].push_back(i);
    }
    return days;
  }

  // Of a reading that is there the day it was recorded on, whatever the rules of the time zone,
  // which change, would give now: that day's sums hold it.
  Day day_of(const ReadingInput& input) {
    const auto id = ids_.at(input.interval.start, to_text(input.type));
    const auto standing = workspace_->get(codec(), key(command_->user, id));
    return standing ? standing->day : meter_.meter.time_zone->day_of(input.interval.start);
  }

  void record_day(Day day, const std::vector<std::size_t>& positions) {
    DayBook book(*workspace_, context_.user, earning::in_force(context_.rules, day), day);
    auto kind = points::EntryKind::earned;
    std::optional<UsageId> cause;
    for (const auto position : positions) {
      auto& answer = reply_.readings[position];
      answer = record_one(book, day, command_->readings[position]);
      const bool restated = answer.outcome == Outcome::restated;
      if (restated) {
        kind = points::EntryKind::restated;
      }
      if (!cause && (restated || answer.outcome == Outcome::accepted)) {
        cause = answer.usage_id;
      }
    }
    if (cause) {
      const auto& import_id = command_->import_id;
      book.close(kind, import_id ? import_id->uuid : cause->uuid, command_->actor, command_->now);
    }
  }

  ReadingReply record_one(DayBook& book, Day day, const ReadingInput& input) {
    const auto id = ids_.at(input.interval.start, to_text(input.type));
    const bool first_here = seen_.insert(id).second;
    auto standing = workspace_->get(codec(), key(command_->user, id));
    if (!standing) {
      return accept(book, day, id, input);
    }
    if (first_here && is_own(*standing, input)) {
      return {.outcome = Outcome::accepted,
              .usage_id = id,
              .points = standing->points_earned,
              .energy_change = standing->energy_consumed};
    }
    if (standing->energy_consumed == input.energy) {
      return repeat(*standing, input);
    }
    if (!input.as_of) {
      auto error =
          fail(ErrorCode::conflict,
               fmt::format("there is a reading of {} kWh already; state as_of to restate it",
                           to_text(standing->energy_consumed)))
              .error();
      return {.outcome = Outcome::rejected, .usage_id = id, .error = std::move(error)};
    }
    const bool wins = *input.as_of > standing->as_of ||
                      (*input.as_of == standing->as_of && input.energy < standing->energy_consumed);
    if (!wins) {
      return {.outcome = Outcome::superseded, .usage_id = id};
    }
    return restate(book, *standing, input);
  }

  // Whether this very command recorded it before, in a commit whose fate was not known. Pieces of
  // an import may have one `now`, several of them: those of a file are known by their position, and
  // what one of a bulk recorded it finds there.
  bool is_own(const Reading& standing, const ReadingInput& input) const {
    return !command_->import_id && !standing.import_id && standing.revision == 1 &&
           standing.created_at == command_->now && standing.energy_consumed == input.energy &&
           standing.as_of == input.as_of.value_or(command_->now);
  }

  ReadingReply accept(DayBook& book, Day day, const UsageId& id, const ReadingInput& input) {
    const auto points = book.change(input.type, std::nullopt, input.energy);
    if (!points) {
      return rejected(points.error());
    }
    workspace_->insert(codec(), Reading{.usage_id = id,
                                        .user_id = command_->user,
                                        .meter_id = meter_.meter.meter_id,
                                        .date = input.interval.start,
                                        .duration = input.interval.duration,
                                        .day = day,
                                        .energy_consumed = input.energy,
                                        .energy_type = input.type,
                                        .points_earned = *points,
                                        .quality = input.quality,
                                        .as_of = input.as_of.value_or(command_->now),
                                        .import_id = command_->import_id,
                                        .rules_version = book.rules().rules_version,
                                        .created_at = command_->now});
    written_ = true;
    return {.outcome = Outcome::accepted,
            .usage_id = id,
            .points = *points,
            .energy_change = input.energy};
  }

  // The same value again: the newer statement of it stands, and its quality with it.
  ReadingReply repeat(Reading standing, const ReadingInput& input) {
    if (input.as_of && *input.as_of > standing.as_of) {
      standing.as_of = *input.as_of;
      standing.quality = input.quality;
      workspace_->replace(codec(), standing);
      written_ = true;
    }
    return {.outcome = Outcome::duplicate, .usage_id = standing.usage_id};
  }

  ReadingReply restate(DayBook& book, Reading standing, const ReadingInput& input) {
    const auto points = book.change(input.type, standing.energy_consumed, input.energy);
    if (!points) {
      return rejected(points.error());
    }
    const auto change = input.energy - standing.energy_consumed;
    standing.energy_consumed = input.energy;
    standing.points_earned += *points;
    standing.quality = input.quality;
    standing.as_of = *input.as_of;
    standing.import_id = command_->import_id;
    ++standing.revision;
    workspace_->replace(codec(), standing);
    written_ = true;
    return {.outcome = Outcome::restated,
            .usage_id = standing.usage_id,
            .points = *points,
            .energy_change = change};
  }

  void write_meter() {
    if (meter_.is_new) {
      workspace_->insert(meters::codec(), meter_.meter);
    } else if (meter_changed_) {
      workspace_->replace(meters::codec(), meter_.meter);
    }
  }

  const RecordReadings* command_;
  commit::Workspace* workspace_;
  Context context_;
  meters::FoundMeter meter_;
  UsageIds ids_{command_->user, meter_.meter.meter_id};
  RecordReply reply_;
  std::set<UsageId> seen_;
  bool meter_changed_ = false;
  bool written_ = false;
};

// The days it may be in some zone; which one the meter says.
std::set<Day> days_around(Instant start) {
  constexpr Seconds zones_begin = -std::chrono::hours(12);
  constexpr Seconds zones_end = std::chrono::hours(14);
  std::set<Day> days;
  for (const auto offset : {zones_begin, Seconds(0), zones_end}) {
    days.insert(Day(std::chrono::floor<std::chrono::days>(start + offset).time_since_epoch()));
  }
  return days;
}

}  // namespace

std::vector<store::Key> RecordReadings::keys() const {
  std::vector<store::Key> keys{users::key(user), programme::key(), earning::key(1),
                               meters::key(user, meter.meter_id)};
  const UsageIds ids(user, meter.meter_id);
  std::set<Day> days;
  for (const auto& reading : readings) {
    keys.push_back(key(user, ids.at(reading.interval.start, to_text(reading.type))));
    days.merge(days_around(reading.interval.start));
  }
  for (const auto day : days) {
    keys.push_back(daily_key(user, day));
  }
  return keys;
}

Result<RecordReply> RecordReadings::decide(commit::Workspace& workspace) const {
  auto context = load_context(workspace, user);
  if (!context) {
    return std::unexpected(context.error());
  }
  auto found = meters::find_or_draft(workspace, user, meter);
  if (!found) {
    return std::unexpected(found.error());
  }
  return Recording(*this, workspace, std::move(*context), std::move(*found)).record();
}

std::vector<store::Key> WithdrawReadings::keys() const {
  std::vector<store::Key> keys{users::key(user), programme::key(), earning::key(1)};
  for (const auto& id : readings) {
    keys.push_back(key(user, id));
  }
  return keys;
}

Result<WithdrawReadings::Reply> WithdrawReadings::decide(commit::Workspace& workspace) const {
  auto context = load_context(workspace, user);
  if (!context) {
    return std::unexpected(context.error());
  }
  std::map<Day, std::vector<Reading>> days;
  std::set<UsageId> seen;
  for (const auto& id : readings) {
    if (!seen.insert(id).second) {
      continue;
    }
    auto reading = workspace.get(codec(), key(user, id));
    if (reading && reading->import_id == import_id && reading->energy_consumed > Energy{0}) {
      days[reading->day].push_back(*reading);
    }
  }
  Reply reply;
  for (auto& [day, withdrawn] : days) {
    DayBook book(workspace, context->user, earning::in_force(context->rules, day), day);
    for (auto& reading : withdrawn) {
      const auto points = book.change(reading.energy_type, reading.energy_consumed, Energy{0});
      check(points.has_value());  // less energy is never too much
      reply.energy_change += Energy{0} - reading.energy_consumed;
      reply.points += *points;
      ++reply.restated;
      reading.energy_consumed = Energy{0};
      reading.points_earned += *points;
      reading.as_of = std::max(now, reading.as_of);
      ++reading.revision;
      workspace.replace(codec(), reading);
    }
    book.close(points::EntryKind::restated, import_id.uuid, actor, now);
  }
  if (!days.empty()) {
    workspace.replace(users::codec(), context->user);
  }
  return reply;
}

}  // namespace wattback::usage

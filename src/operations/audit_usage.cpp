#include "operations/audit_usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace wattback::operations {
namespace {

using std::chrono::days;
using std::chrono::hours;

// No zone is further from UTC than this.
constexpr hours zone_offset_max{15};

Day utc_day(Instant instant) { return Day(std::chrono::floor<days>(instant).time_since_epoch()); }
Day earliest_day(Instant date) { return utc_day(date - zone_offset_max); }
Day latest_day(Instant date) { return utc_day(date + zone_offset_max); }

std::string kwh(Wide milliwatt_hours) {
  constexpr Wide shown_max = std::int64_t{1} << 62U;
  return milliwatt_hours < shown_max
             ? wattback::to_text(Energy{static_cast<std::int64_t>(milliwatt_hours)}) + " kWh"
             : fmt::format("{} mWh", milliwatt_hours);
}

}  // namespace

UsageAudit::UsageAudit(Findings& findings, store::Snapshot& snapshot, const RuleBook& rules,
                       const users::User& user, const Meters& meters, LedgerAudit& ledger,
                       OwnedStream<usage::UsageDaily>& daily)
    : findings_(&findings),
      rules_(&rules),
      user_(&user),
      meters_(&meters),
      ledger_(&ledger),
      daily_stream_(&daily),
      daily_(daily.next(user.user_id.uuid)),
      imports_(findings, snapshot, user.user_id) {}

void UsageAudit::check(const usage::Reading& reading) {
  close_before(reading.date);
  check_identity(reading);
  imports_.check(reading);
  const auto day = check_meter(reading);
  check_rules(reading, day);
  auto& sum = open(day);
  sum.energy.of(reading.energy_type) += reading.energy_consumed.milliwatt_hours;
  ++sum.readings;
  sum.points_earned += reading.points_earned.count;
  std::erase_if(sum.causes, [&](const Cause& cause) { return cause.id == reading.usage_id.uuid; });
}

void UsageAudit::finish() {
  close_before(Instant::max());
  close_days_without_readings(std::nullopt);
  while (!ledger_->days().empty()) {
    const auto day = ledger_->days().begin()->first;
    check_entries(day, {.causes = ledger_->days().begin()->second.causes}, std::nullopt);
  }
  imports_.finish();
  dangling_.report_to(*findings_);
  const auto name = name_of(users::key(user_->user_id));
  const auto earned = ledger_->usage_points();
  if (points_sum_ != earned) {
    findings_->report(Invariant::awards, name,
                      fmt::format("points_earned of its readings sum to {}, its entries of usage "
                                  "to {}",
                                  points_sum_, earned));
  }
  const auto paid = earned * nanopoints_per_point + user_->points_carry.count;
  if (award_sum_ != paid) {
    findings_->report(Invariant::awards, name,
                      fmt::format("its readings award {} nanopoints; its entries of usage and "
                                  "points_carry come to {}",
                                  award_sum_, paid));
  }
}

void UsageAudit::report(Invariant invariant, const usage::Reading& reading, std::string detail) {
  findings_->report(invariant, name_of(usage::key(reading.user_id, reading.usage_id)),
                    std::move(detail));
}

UsageAudit::OpenDay& UsageAudit::open(Day day) {
  const auto [found, is_new] = open_.try_emplace(day);
  if (is_new) {
    if (const auto entries = ledger_->days().find(day); entries != ledger_->days().end()) {
      found->second.causes = entries->second.causes;
    }
    findings_->note_open_days(open_.size());
  }
  return found->second;
}

void UsageAudit::check_identity(const usage::Reading& reading) {
  const auto derived = derive_usage_id(reading.user_id, reading.meter_id, reading.date,
                                       wattback::to_text(reading.energy_type));
  if (derived != reading.usage_id) {
    report(Invariant::identity, reading,
           fmt::format("usage_id is not {}, that of its meter, date and energy_type",
                       wattback::to_text(derived)));
  }
}

// The local day the reading belongs to, whatever it says.
Day UsageAudit::check_meter(const usage::Reading& reading) {
  const auto first = earliest_day(reading.date);
  const auto last = latest_day(reading.date);
  const auto found = meters_->find(reading.meter_id);
  if (found == meters_->end()) {
    dangling_.note("meter_id", reading.meter_id.uuid, "meters of its member",
                   usage::key(reading.user_id, reading.usage_id));
  } else if (!found->second.is_fixed()) {
    report(Invariant::identity, reading,
           fmt::format("meter_id {} has no cadence, which its first reading fixes",
                       wattback::to_text(reading.meter_id)));
  } else {
    const auto& meter = found->second;
    if (const auto misfit =
            meters::find_misfit(meter, {.start = reading.date, .duration = reading.duration})) {
      report(Invariant::identity, reading, *misfit);
    }
    const auto day = std::clamp(meter.time_zone->day_of(reading.date), first, last);
    if (reading.day != day) {
      report(Invariant::days, reading,
             fmt::format("day is {}, its date is on {} in {}", wattback::to_text(reading.day),
                         wattback::to_text(day), meter.time_zone->name()));
    }
    return day;
  }
  return reading.day >= first && reading.day <= last ? reading.day : utc_day(reading.date);
}

void UsageAudit::check_rules(const usage::Reading& reading, Day day) {
  const auto* in_force = rules_->in_force(day);
  if (in_force == nullptr || rules_->version(reading.rules_version) == nullptr) {
    dangling_.note("rules_version", reading.rules_version, earning::collection.name,
                   usage::key(reading.user_id, reading.usage_id));
  } else if (in_force->rules_version != reading.rules_version) {
    report(Invariant::awards, reading,
           fmt::format("rules_version is {}, in force on {} is {}", reading.rules_version,
                       wattback::to_text(day), in_force->rules_version));
  }
}

void UsageAudit::close_before(Instant date) {
  while (!open_.empty() && (date == Instant::max() || open_.begin()->first < earliest_day(date))) {
    const auto closed = open_.extract(open_.begin());
    close(closed.key(), closed.mapped());
  }
}

void UsageAudit::close(Day day, const OpenDay& sum) {
  close_days_without_readings(day);
  const auto award = award_of(day, sum.energy);
  award_sum_ += award;
  points_sum_ += sum.points_earned;
  if (daily_ && daily_->day == day) {
    compare(*daily_, sum);
    compare_award(*daily_, award);
    check_entries(day, sum, daily_->award);
    daily_ = daily_stream_->next(user_->user_id.uuid);
  } else {
    findings_->report(Invariant::days, name_of(usage::daily_key(user_->user_id, day)),
                      fmt::format("is missing; {} readings start on that day", sum.readings));
    check_entries(day, sum, std::nullopt);
  }
}

// Before this day, or all that are left.
void UsageAudit::close_days_without_readings(std::optional<Day> before) {
  while (daily_ && (!before || daily_->day < *before)) {
    const auto day = daily_->day;
    compare(*daily_, {});
    compare_award(*daily_, 0);
    const auto entries = ledger_->days().find(day);
    check_entries(day,
                  {.causes = entries == ledger_->days().end() ? std::vector<Cause>{}
                                                              : entries->second.causes},
                  daily_->award);
    daily_ = daily_stream_->next(user_->user_id.uuid);
  }
}

void UsageAudit::compare(const usage::UsageDaily& daily, const OpenDay& sum) {
  const auto name = name_of(usage::daily_key(daily.user_id, daily.day));
  const auto agree = [&](std::string_view field, Wide found, Wide expected, auto text) {
    if (found != expected) {
      findings_->report(Invariant::days, name,
                        fmt::format("{} is {}, expected {} from its readings", field, text(found),
                                    text(expected)));
    }
  };
  const auto plain = [](Wide number) { return fmt::format("{}", number); };
  agree("renewable", daily.renewable.milliwatt_hours, sum.energy.renewable, kwh);
  agree("non_renewable", daily.non_renewable.milliwatt_hours, sum.energy.non_renewable, kwh);
  agree("readings", daily.readings, sum.readings, plain);
  agree("points_earned", daily.points_earned.count, sum.points_earned, plain);
}

void UsageAudit::compare_award(const usage::UsageDaily& daily, Wide award) {
  const auto name = name_of(usage::daily_key(daily.user_id, daily.day));
  if (daily.award.count != award) {
    findings_->report(Invariant::awards, name,
                      fmt::format("award is {}, expected {} from its readings and the rule",
                                  daily.award.count, award));
  }
  const auto* in_force = rules_->in_force(daily.day);
  if (in_force == nullptr || in_force->rules_version != daily.rules_version) {
    findings_->report(
        Invariant::awards, name,
        fmt::format("rules_version is {}, in force on that day is {}", daily.rules_version,
                    in_force == nullptr ? 0 : in_force->rules_version));
  }
}

// The day's entries against what usage_daily says was awarded, or the readings where it is missing.
void UsageAudit::check_entries(Day day, const OpenDay& sum, std::optional<Nanopoints> award) {
  const Wide expected = award ? Wide{award->count} : award_of(day, sum.energy);
  const auto found = ledger_->days().find(day);
  if (found == ledger_->days().end()) {
    if (expected != 0) {
      findings_->report(Invariant::awards, name_of(usage::daily_key(user_->user_id, day)),
                        fmt::format("has an award of {}, but no entry awards it", expected));
    }
    return;
  }
  const auto name = name_of(points::entry_key(user_->user_id, found->second.seq));
  if (found->second.award.count != expected) {
    findings_->report(Invariant::awards, name,
                      fmt::format("day_award is {} after the last entry of {}, {} {}",
                                  found->second.award.count, wattback::to_text(day),
                                  award ? "in usage_daily" : "from its readings", expected));
  }
  for (const auto& cause : sum.causes) {
    if (!imports_.exists(cause.id)) {
      findings_->report(Invariant::references,
                        name_of(points::entry_key(user_->user_id, cause.seq)),
                        fmt::format("cause {} is neither a reading of {} nor in imports",
                                    wattback::to_text(cause.id), wattback::to_text(day)));
    }
  }
  ledger_->days().erase(found);
}

Wide UsageAudit::award_of(Day day, const WideEnergy& energy) const {
  const auto* in_force = rules_->in_force(day);
  return in_force == nullptr ? Wide{0} : RuleBook::award(*in_force, energy);
}

}  // namespace wattback::operations

#include "forms/forms.h"

#include <fmt/format.h>

namespace wattback::forms {
namespace {

constexpr double thousandths = 1000;  // in a point

template <class T>
json::value text_or_null(const std::optional<T>& value) {
  return value ? json::value(to_text(*value)) : json::value(nullptr);
}

json::value text_or_null(const std::optional<std::string>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value zone_or_null(const std::optional<TimeZone>& zone) {
  return zone ? json::value(zone->name()) : json::value(nullptr);
}

json::value number_or_null(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value actor_or_null(const Actor& actor) {
  return actor == operator_actor ? json::value(nullptr) : json::value(to_text(actor.uuid));
}

std::string cadence_text(Seconds cadence) {
  return cadence == meters::local_day_cadence ? "day" : fmt::format("{}s", cadence.count());
}

}  // namespace

json::value kwh(Energy energy) { return to_kwh(energy); }

json::object form_of(const programme::Programme& programme) {
  return {{"name", programme.name},
          {"time_zone", programme.time_zone.name()},
          {"self_reporting", programme.self_reporting},
          {"rules_version", programme.rules_version},
          {"created_at", to_text(programme.created_at)},
          {"edition", programme.edition}};
}

json::object form_of(const operations::ProgrammeSummary& summary) {
  return {{"name", summary.programme.name},
          {"members", summary.members.active + summary.members.suspended},
          {"members_suspended", summary.members.suspended},
          {"administrators", summary.administrators.active + summary.administrators.suspended},
          {"points_outstanding", summary.points_outstanding.count},
          {"points_owed", summary.points_owed.count},
          {"pending_redemptions", summary.pending_redemptions},
          {"pending_points", summary.pending_points.count},
          {"renewable_kwh", kwh(summary.renewable)},
          {"non_renewable_kwh", kwh(summary.non_renewable)},
          {"readings", summary.readings}};
}

json::object form_of(const users::User& user) {
  return {{"user_id", to_text(user.user_id)},
          {"name", user.name},
          {"email", user.email},
          {"role", to_text(user.role)},
          {"status", to_text(user.status)},
          {"time_zone", zone_or_null(user.time_zone)},
          {"total_points", user.total_points.count},
          {"points_owed", user.points_owed.count},
          {"has_password", !user.password.empty()},
          {"created_at", to_text(user.created_at)},
          {"updated_at", to_text(user.updated_at)},
          {"edition", user.edition}};
}

json::object form_of(const meters::Meter& meter) {
  return {{"meter_id", to_text(meter.meter_id)},
          {"label", meter.label},
          {"identifier", text_or_null(meter.identifier)},
          {"time_zone", zone_or_null(meter.time_zone)},
          {"cadence", meter.cadence ? json::value(cadence_text(*meter.cadence)) : nullptr},
          {"phase_s", meter.phase ? json::value(meter.phase->count()) : nullptr}};
}

json::object form_of(const earning::EarningRules& rules) {
  json::object rates;
  for (const auto& [name, rate] : rules.rates) {
    rates[name] = static_cast<double>(rate) / thousandths;
  }
  return {{"rules_version", rules.rules_version},
          {"effective_day", to_text(rules.effective_day)},
          {"points_per_kwh", std::move(rates)},
          {"daily_cap", rules.daily_cap ? json::value(rules.daily_cap->count) : nullptr},
          {"created_at", to_text(rules.created_at)},
          {"created_by", actor_or_null(rules.created_by)}};
}

json::object form_of(const points::Entry& entry) {
  return {{"seq", entry.seq},
          {"created_at", to_text(entry.created_at)},
          {"kind", to_text(entry.kind)},
          {"points", entry.points.count},
          {"owed", entry.owed.count},
          {"balance", entry.balance.count},
          {"day", text_or_null(entry.day)},
          {"reason_code", text_or_null(entry.reason_code)},
          {"cause", to_text(entry.cause)},
          {"actor", actor_or_null(entry.actor)}};
}

json::object form_of(const points::Adjustment& adjustment) {
  return {{"adjustment_id", to_text(adjustment.adjustment_id)},
          {"kind", points::is_write_off(adjustment) ? "write_off" : "adjustment"},
          {"points", adjustment.points.count},
          {"reason_code", adjustment.reason_code},
          {"seq", adjustment.seq},
          {"created_at", to_text(adjustment.created_at)},
          {"actor", actor_or_null(adjustment.actor)}};
}

json::object form_of(const rewards::Reward& reward) {
  return {{"reward_id", to_text(reward.reward_id)},
          {"name", reward.name},
          {"points_required", reward.points_required.count},
          {"inventory", reward.inventory},
          {"status", to_text(reward.status)},
          {"description", reward.description},
          {"edition", reward.edition}};
}

json::object form_of(const rewards::StockMovement& movement) {
  return {{"movement_id", to_text(movement.movement_id)},
          {"reward_id", to_text(movement.reward_id)},
          {"delta", movement.delta},
          {"reason_code", movement.reason_code},
          {"created_at", to_text(movement.created_at)},
          {"actor", actor_or_null(movement.actor)}};
}

json::object form_of(const redemptions::Redemption& redemption) {
  return {{"redemption_id", to_text(redemption.redemption_id)},
          {"user_id", to_text(redemption.user_id)},
          {"reward_id", to_text(redemption.reward_id)},
          {"reward_name", redemption.reward_name},
          {"redemption_date", to_text(redemption.redemption_date)},
          {"points_redeemed", redemption.points_redeemed.count},
          {"status", to_text(redemption.status)}};
}

json::object form_of(const usage::Reading& reading) {
  return {{"date", to_text(reading.date)},
          {"duration_s", reading.duration.count()},
          {"day", to_text(reading.day)},
          {"energy_consumed", kwh(reading.energy_consumed)},
          {"energy_type", to_text(reading.energy_type)},
          {"points_earned", reading.points_earned.count},
          {"quality", number_or_null(reading.quality)},
          {"as_of", to_text(reading.as_of)},
          {"revision", reading.revision},
          {"usage_id", to_text(reading.usage_id)},
          {"meter_id", to_text(reading.meter_id)},
          {"import_id", text_or_null(reading.import_id)}};
}

json::object form_of(const usage::UsageDaily& daily) {
  return {{"day", to_text(daily.day)},
          {"renewable", kwh(daily.renewable)},
          {"non_renewable", kwh(daily.non_renewable)},
          {"readings", daily.readings},
          {"points_earned", daily.points_earned.count}};
}

json::object form_of(const usage::UsageMonthly& monthly) {
  return {{"month", fmt::format("{:04}-{:02}", static_cast<int>(monthly.month.year()),
                                static_cast<unsigned>(monthly.month.month()))},
          {"renewable", kwh(monthly.renewable)},
          {"non_renewable", kwh(monthly.non_renewable)},
          {"readings", monthly.readings},
          {"points_earned", monthly.points_earned.count}};
}

json::object form_of(const usage::ReportDay& day) {
  return {{"day", to_text(day.day)},
          {"renewable", kwh(day.renewable)},
          {"non_renewable", kwh(day.non_renewable)},
          {"readings", day.readings},
          {"members", day.members},
          {"points_earned", day.points_earned.count}};
}

json::object form_of(const importers::Counts& counts) {
  return {{"read", counts.read},
          {"accepted", counts.accepted},
          {"duplicates", counts.duplicates},
          {"restated", counts.restated},
          {"superseded", counts.superseded},
          {"rejected", counts.rejected},
          {"energy_kwh", kwh(counts.energy)},
          {"points", counts.points.count}};
}

json::object form_of(const importers::Import& import) {
  auto form = json::object{{"import_id", to_text(import.import_id)},
                           {"created_at", to_text(import.created_at)},
                           {"status", to_text(import.status)},
                           {"as_of", to_text(import.as_of)},
                           {"progress", import.progress}};
  for (const auto& [name, value] : form_of(import.counts)) {
    form[name] = value;
  }
  form["first_date"] = text_or_null(import.first_date);
  form["last_date"] = text_or_null(import.last_date);
  form["user_id"] = text_or_null(import.user_id);
  form["reason_code"] = text_or_null(import.reason_code);
  return form;
}

json::object form_of(const access::Token& token) {
  return {{"token_id", to_text(token.token_id)},
          {"name", token.name},
          {"created_at", to_text(token.created_at)},
          {"expires_at", text_or_null(token.expires_at)},
          {"revoked_at", text_or_null(token.revoked_at)}};
}

}  // namespace wattback::forms

#include "operations/audit_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "operations/audit_access.h"
#include "operations/audit_ledger.h"

namespace wattback::operations {
namespace {

// Whether an id was derived from something of this member's: version 8, with the member's bits.
bool is_derived_from(const Uuid& id, const UserId& user) {
  constexpr std::size_t member_bytes = 6;
  const auto of_member = derive_uuid("", user, {});
  return std::equal(id.bytes.begin(), id.bytes.begin() + member_bytes, of_member.bytes.begin()) &&
         id.bytes[6] >> 4U == 8U;
}

}  // namespace

MemberPass::MemberPass(Findings& findings, store::Snapshot& snapshot, const RuleBook& rules,
                       const OwnerRange& range)
    : findings_(&findings),
      snapshot_(&snapshot),
      rules_(&rules),
      users_(findings, snapshot, users::codec(), store::primary_index, range),
      meters_(findings, snapshot, meters::codec(), meters::index_label, range),
      sessions_(findings, snapshot, access::sessions_codec(), access::index_user_id, range),
      adjustments_(findings, snapshot, points::adjustments_codec(), "user_id", range),
      redemptions_(findings, snapshot, redemptions::codec(), redemptions::index_user, range),
      entries_(findings, snapshot, points::ledger_codec(), store::primary_index, range),
      days_(findings, snapshot, usage::daily_codec(), store::primary_index, range),
      readings_(findings, snapshot, usage::codec(), usage::index_user, range) {}

template <class Visit>
void MemberPass::for_each_collection(Visit visit) {
  visit(meters_);
  visit(sessions_);
  visit(adjustments_);
  visit(redemptions_);
  visit(entries_);
  visit(days_);
  visit(readings_);
}

std::optional<Uuid> MemberPass::next() {
  const auto owner = first_owner();
  if (!owner) {
    return std::nullopt;
  }
  if (users_.owner() != owner) {
    for_each_collection([&](auto& stream) { stream.report_orphans(*owner, "users"); });
  } else if (const auto user = users_.next(*owner)) {
    audit(*user);
  } else {  // reported; there is nothing to hold the others against
    for_each_collection([&](auto& stream) { stream.skip(*owner); });
  }
  return owner;
}

std::optional<Uuid> MemberPass::first_owner() {
  auto first = users_.owner();
  for_each_collection([&first](auto& stream) {
    const auto owner = stream.owner();
    if (owner && (!first || *owner < *first)) {
      first = owner;
    }
  });
  return first;
}

void MemberPass::audit(const users::User& user) {
  check_user(user);
  const auto meters = check_meters(user);
  while (const auto session = sessions_.next(user.user_id.uuid)) {
    check_session(*findings_, *session);
  }
  auto ledger = check_ledger(user);
  UsageAudit usage(*findings_, *snapshot_, *rules_, user, meters, ledger, days_);
  while (const auto reading = readings_.next(user.user_id.uuid)) {
    usage.check(*reading);
  }
  usage.finish();
}

void MemberPass::check_user(const users::User& user) {
  const auto digest = users::email_digest(user.email);
  if (user.email_digest != digest) {
    findings_->report(Invariant::references, name_of(users::key(user.user_id)),
                      fmt::format("email_digest is {}, that of its email {}",
                                  to_hex(user.email_digest), to_hex(digest)));
  }
}

Meters MemberPass::check_meters(const users::User& user) {
  Meters meters;
  while (auto meter = meters_.next(user.user_id.uuid)) {
    check_meter(*meter);
    if (!meter->time_zone || !meter->phase) {  // reported where only part is there
      meter->cadence = std::nullopt;
    }
    meters.emplace(meter->meter_id, std::move(*meter));
  }
  return meters;
}

void MemberPass::check_meter(const meters::Meter& meter) {
  const auto report = [&](Invariant invariant, std::string detail) {
    findings_->report(invariant, name_of(meters::key(meter.user_id, meter.meter_id)),
                      std::move(detail));
  };
  const auto made =
      meter.identifier
          ? meters::new_reference(meter.user_id, meter.label, meter.identifier).meter_id
          : meter.meter_id;  // it may have had another label first
  if (meter.meter_id != made || !is_derived_from(meter.meter_id.uuid, meter.user_id)) {
    report(Invariant::identity, "meter_id is not derived from its member and identifier or label");
  }
  const auto digest =
      meter.identifier ? std::optional(meters::identifier_digest(*meter.identifier)) : std::nullopt;
  if (meter.identifier_digest != digest) {
    report(Invariant::references, "identifier_digest is not that of its identifier");
  }
  const bool fixed = meter.is_fixed();
  if (meter.time_zone.has_value() != fixed || meter.phase.has_value() != fixed) {
    report(Invariant::identity, "has some of time_zone, cadence and phase, but not all");
  } else if (fixed && *meter.phase > std::max(Seconds(0), *meter.cadence - Seconds(1))) {
    report(Invariant::identity, fmt::format("phase is {} s, not below the cadence of {} s",
                                            meter.phase->count(), meter.cadence->count()));
  }
}

LedgerAudit MemberPass::check_ledger(const users::User& user) {
  LedgerAudit ledger(*findings_, *rules_, user);
  const auto& owner = user.user_id.uuid;
  while (const auto adjustment = adjustments_.next(owner)) {
    check_adjustment(*adjustment);
    ledger.expect(*adjustment);
  }
  while (const auto redemption = redemptions_.next(owner)) {
    check_redemption(*redemption);
    ledger.expect(*redemption);
  }
  while (const auto entry = entries_.next(owner)) {
    ledger.check(*entry);
  }
  ledger.finish();
  return ledger;
}

void MemberPass::check_adjustment(const points::Adjustment& adjustment) {
  const auto name = name_of(points::adjustment_key(adjustment.adjustment_id));
  if (!is_derived_from(adjustment.adjustment_id.uuid, adjustment.user_id)) {
    findings_->report(Invariant::identity, name, "adjustment_id is not derived from its member");
  }
  const auto fingerprint_of = [&](std::string_view operation) {
    return points::adjustment_fingerprint(operation, adjustment.points, adjustment.reason_code);
  };
  if (adjustment.fingerprint != fingerprint_of(points::operation_adjust) &&
      adjustment.fingerprint != fingerprint_of(points::operation_write_off)) {
    findings_->report(Invariant::identity, name,
                      "fingerprint is not that of its points and reason_code");
  }
}

void MemberPass::check_redemption(const redemptions::Redemption& redemption) {
  const auto name = name_of(redemptions::key(redemption.redemption_id));
  if (!is_derived_from(redemption.redemption_id.uuid, redemption.user_id)) {
    findings_->report(Invariant::identity, name, "redemption_id is not derived from its member");
  }
  if (redemption.fingerprint != redemptions::fingerprint(redemption.reward_id)) {
    findings_->report(Invariant::identity, name, "fingerprint is not that of its reward_id");
  }
}

}  // namespace wattback::operations

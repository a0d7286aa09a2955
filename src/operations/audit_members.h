// Members in turn, each with all that belongs to it: I1, I2, I4 to I8.
#pragma once

#include <optional>

#include "access/session.h"
#include "meters/meter.h"
#include "operations/audit_rules.h"
#include "operations/audit_stream.h"
#include "operations/audit_usage.h"
#include "points/adjustment.h"
#include "points/ledger.h"
#include "redemptions/redemption.h"
#include "store/store.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::operations {

class MemberPass {
 public:
  MemberPass(Findings& findings, store::Snapshot& snapshot, const RuleBook& rules,
             const OwnerRange& range);

  // Audits the next member, or the documents of one that is not there; nothing at the end.
  std::optional<Uuid> next();

 private:
  std::optional<Uuid> first_owner();
  void audit(const users::User& user);
  void check_user(const users::User& user);
  Meters check_meters(const users::User& user);
  void check_meter(const meters::Meter& meter);
  LedgerAudit check_ledger(const users::User& user);
  void check_adjustment(const points::Adjustment& adjustment);
  void check_redemption(const redemptions::Redemption& redemption);
  template <class Visit>
  void for_each_collection(Visit visit);

  Findings* findings_;
  store::Snapshot* snapshot_;
  const RuleBook* rules_;
  OwnedStream<users::User> users_;
  OwnedStream<meters::Meter> meters_;
  OwnedStream<access::Session> sessions_;
  OwnedStream<points::Adjustment> adjustments_;
  OwnedStream<redemptions::Redemption> redemptions_;
  OwnedStream<points::Entry> entries_;
  OwnedStream<usage::UsageDaily> days_;
  OwnedStream<usage::Reading> readings_;
};

}  // namespace wattback::operations

#include "usage/day_book.h"

#include <fmt/format.h>

#include "base/check.h"

namespace wattback::usage {
namespace {

// A day and its readings are read one after the other: what does not fit was changed in between.
void fit(bool condition) {
  if (!condition) {
    throw commit::TornRead("a day does not fit its readings");
  }
}

}  // namespace

DayBook::DayBook(commit::Workspace& workspace, users::User& user,
                 const earning::EarningRules& rules, Day day)
    : workspace_(&workspace), user_(&user), rules_(&rules) {
  if (auto stored = workspace.get(daily_codec(), daily_key(user.user_id, day))) {
    daily_ = *stored;
    fit(daily_.rules_version == rules.rules_version);
  } else {
    is_new_ = true;
    daily_ = {.user_id = user.user_id, .day = day, .rules_version = rules.rules_version};
  }
  award_before_ = daily_.award;
}

Result<Points> DayBook::change(EnergyType type, std::optional<Energy> before, Energy after) {
  auto energy = daily_.energy();
  energy.of(type) += after - before.value_or(Energy{0});
  fit(energy.of(type) >= Energy{0});
  if (energy.of(type) > earning::day_energy_max) {
    return std::unexpected(
        Error{.code = ErrorCode::limit_exceeded,
              .detail = fmt::format("the member's day would hold more than {} kWh",
                                    to_text(earning::day_energy_max)),
              .fields = {{"energy_consumed", "limit_exceeded", "is too much for one day"}},
              .log = {}});
  }
  const auto award = earning::award(*rules_, energy);
  const auto rounded = points::round_award(user_->points_carry, award - daily_.award);
  user_->points_carry = rounded.carry;
  daily_.renewable = energy.renewable;
  daily_.non_renewable = energy.non_renewable;
  daily_.readings += before ? 0 : 1;
  daily_.award = award;
  daily_.points_earned += rounded.points;
  points_ += rounded.points;
  changed_ = true;
  return rounded.points;
}

void DayBook::close(points::EntryKind kind, const Uuid& cause, const Actor& actor, Instant now) {
  if (!changed_) {
    return;
  }
  if (is_new_) {
    workspace_->insert(daily_codec(), daily_);
  } else {
    workspace_->replace(daily_codec(), daily_);
  }
  if (daily_.award == award_before_) {
    return;
  }
  const auto movement = points::move(*user_, points_);
  points::append(*workspace_, *user_,
                 {.kind = kind,
                  .points = movement.points,
                  .owed = movement.owed,
                  .cause = cause,
                  .day = daily_.day,
                  .day_renewable = daily_.renewable,
                  .day_non_renewable = daily_.non_renewable,
                  .day_award = daily_.award,
                  .day_award_change = daily_.award - award_before_,
                  .rules_version = rules_->rules_version,
                  .actor = actor,
                  .created_at = now});
}

}  // namespace wattback::usage

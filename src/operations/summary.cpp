#include "operations/summary.h"

#include <functional>
#include <span>
#include <string>

#include "redemptions/redemption.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::operations {
namespace {

template <class T>
void for_each(store::Snapshot& snapshot, const store::Codec<T>& codec, const store::Query& query,
              const std::function<void(const T&)>& sink) {
  snapshot.scan(query, [&](const store::Document& document) {
    sink(codec.decode(document));
    return true;
  });
}

UserCounts& counts_of(ProgrammeSummary& summary, users::Role role) {
  switch (role) {
    case users::Role::user:
      return summary.members;
    case users::Role::admin:
      return summary.administrators;
  }
  check(false);
  return summary.members;
}

void add(ProgrammeSummary& summary, const users::User& user) {
  auto& counts = counts_of(summary, user.role);
  ++(user.status == users::Status::active ? counts.active : counts.suspended);
  summary.points_outstanding += user.total_points;
  summary.points_owed += user.points_owed;
}

void add(ProgrammeSummary& summary, const redemptions::Redemption& redemption) {
  ++summary.pending_redemptions;
  summary.pending_points += redemption.points_redeemed;
}

void add(ProgrammeSummary& summary, const usage::UsageDaily& daily) {
  summary.renewable += daily.renewable;
  summary.non_renewable += daily.non_renewable;
  summary.readings += daily.readings;
}

}  // namespace

Result<ProgrammeSummary> summarise(store::Store& store) {
  const auto snapshot = store.snapshot();
  const auto key = programme::key();
  const auto programme = snapshot->get(programme::collection, std::span(&key, 1));
  if (!programme.front()) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  ProgrammeSummary summary{.programme = programme::codec().decode(*programme.front())};
  for_each<users::User>(*snapshot, users::codec(), {.collection = users::collection},
                        [&](const auto& user) { add(summary, user); });
  for_each<redemptions::Redemption>(
      *snapshot, redemptions::codec(),
      {.collection = redemptions::collection,
       .index = redemptions::index_status,
       .equals = {std::string(to_text(redemptions::Status::pending))}},
      [&](const auto& redemption) { add(summary, redemption); });
  for_each<usage::UsageDaily>(*snapshot, usage::daily_codec(),
                              {.collection = usage::daily_collection},
                              [&](const auto& daily) { add(summary, daily); });
  return summary;
}

}  // namespace wattback::operations

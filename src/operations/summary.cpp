#include "operations/summary.h"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "redemptions/redemption.h"
#include "usage/reading.h"
#include "users/user.h"

namespace wattback::operations {
namespace {

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

class Summing {
 public:
  explicit Summing(store::Store& store)
      : store_(&store), snapshot_lasts_(store.capabilities().snapshot_lasts) {
    renew();
  }

  Result<ProgrammeSummary> sum() {
    const auto key = programme::key();
    const auto programme = snapshot_->get(programme::collection, std::span(&key, 1));
    if (!programme.front()) {
      return fail(ErrorCode::not_found, "there is no programme yet");
    }
    summary_.programme = programme::codec().decode(*programme.front());
    add_all(users::codec(), {.collection = users::collection});
    add_all(redemptions::codec(), {.collection = redemptions::collection,
                                   .index = redemptions::index_status,
                                   .equals = {std::string(to_text(redemptions::Status::pending))}});
    add_all(usage::daily_codec(), {.collection = usage::daily_collection});
    return std::move(summary_);
  }

 private:
  using Steady = std::chrono::steady_clock;

  void renew() {
    snapshot_.reset();
    snapshot_ = store_->snapshot();
    opened_ = Steady::now();
  }

  bool is_old() const { return snapshot_lasts_ && Steady::now() - opened_ >= *snapshot_lasts_ / 2; }

  template <class T>
  void add_all(const store::Codec<T>& codec, store::Query query) {
    const auto& order =
        store::product_schema().collection(query.collection).index(query.index).order;
    bool goes_on = true;
    while (goes_on) {
      goes_on = false;
      snapshot_->scan(query, [&](const store::Document& document) {
        add(summary_, codec.decode(document));
        if (is_old()) {
          query.after = store::values_at(document, order);
          goes_on = true;
        }
        return !goes_on;
      });
      if (goes_on) {
        renew();
      }
    }
  }

  store::Store* store_;
  std::optional<Seconds> snapshot_lasts_;
  std::unique_ptr<store::Snapshot> snapshot_;
  Steady::time_point opened_;
  ProgrammeSummary summary_;
};

}  // namespace

Result<ProgrammeSummary> summarise(store::Store& store) { return Summing(store).sum(); }

}  // namespace wattback::operations

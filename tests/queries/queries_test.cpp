// Every declared index serves a read of the product, and no read goes along anything else. That the
// stores choose these indexes by themselves is shown where each store is tested.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "access/reads.h"
#include "earning/reads.h"
#include "importers/reads.h"
#include "meters/reads.h"
#include "points/reads.h"
#include "redemptions/reads.h"
#include "rewards/reads.h"
#include "store/memory/memory_store.h"
#include "usage/reads.h"
#include "users/reads.h"

namespace wattback {
namespace {

using store::Collection;
using Used = std::set<std::string>;  // "users.email"

std::string name_of(Collection collection, std::string_view index) {
  return std::string(collection.name) + "." + std::string(index);
}

class RecordingSnapshot final : public store::Snapshot {
 public:
  RecordingSnapshot(std::unique_ptr<store::Snapshot> inner, Used& used)
      : inner_(std::move(inner)), used_(&used) {}

  std::vector<std::optional<store::Document>> get(Collection collection,
                                                  std::span<const store::Key> keys) override {
    return inner_->get(collection, keys);
  }
  void scan(const store::Query& query, const Sink& sink) override {
    used_->insert(name_of(query.collection, query.index));
    inner_->scan(query, sink);
  }

 private:
  std::unique_ptr<store::Snapshot> inner_;
  Used* used_;
};

// Notes the index of all that is asked of the store within.
class RecordingStore final : public store::Store {
 public:
  explicit RecordingStore(Used& used) : inner_(store::make_memory_store()), used_(&used) {
    inner_->apply_schema(store::product_schema());
  }

  std::vector<std::optional<store::Document>> get(Collection collection,
                                                  std::span<const store::Key> keys) override {
    for (const auto& key : keys) {
      used_->insert(name_of(collection, key.index));
    }
    return inner_->get(collection, keys);
  }
  store::Page find(const store::Query& query) override {
    used_->insert(name_of(query.collection, query.index));
    return inner_->find(query);
  }
  store::CommitResult commit(const store::ChangeSet& changes) override {
    return inner_->commit(changes);
  }
  void apply_schema(const store::Schema& schema) override { inner_->apply_schema(schema); }
  std::optional<std::int64_t> schema_version() override { return inner_->schema_version(); }
  std::vector<std::string> find_schema_faults(const store::Schema& schema) override {
    return inner_->find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const store::Schema& schema) override {
    return inner_->find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const store::Schema& schema) override {
    return inner_->shard(schema);
  }
  std::unique_ptr<store::Snapshot> snapshot() override {
    return std::make_unique<RecordingSnapshot>(inner_->snapshot(), *used_);
  }
  std::uint64_t revision(store::Collection collection) override {
    return inner_->revision(collection);
  }
  store::Capabilities capabilities() const override { return inner_->capabilities(); }

 private:
  std::unique_ptr<store::Store> inner_;
  Used* used_;
};

// All that members and administrators can list or look up.
Used indexes_of_reads() {
  Used used;
  RecordingStore store(used);
  const UserId user{make_uuid_v7({})};
  const RewardId reward{make_uuid_v7({})};
  users::find_by_email(store, "a@example.org");
  users::list_by_points(store, 1, {});
  users::find_other_administrator(store, user);
  meters::list(store, user, 1, {});
  meters::resolve(store, user, "roof", "urn:1");
  usage::list(store, user, {}, 1, {});
  usage::report(store, make_day(2026, 1, 1), make_day(2026, 1, 2), [](const usage::ReportDay&) {});
  rewards::catalog(store, {}, 1, {});
  rewards::find_by_name(store, "Kettle");
  rewards::list_movements(store, reward, 1, {});
  redemptions::list_by_user(store, user, 1, {});
  redemptions::list_by_reward(store, reward, 1, {});
  redemptions::list_pending(store, 1, {});
  points::list_adjustments(store, user, 1, {});
  importers::list(store, 1, {});
  access::list_sessions(store, {.user_id = user, .time_zone = std::nullopt}, {}, 1, {});
  access::oldest_sessions(store, user);
  access::list_tokens(store, 1, {});
  access::count_tokens(store, {});
  return used;
}

TEST(Indexes, EachServesAReadOfTheProduct) {
  Used declared;
  for (const auto& collection : store::product_schema().collections) {
    for (const auto& index : collection.indexes) {
      declared.insert(collection.name + "." + index.name);
    }
  }
  auto used = indexes_of_reads();
  std::erase_if(used, [](const std::string& name) { return name.ends_with(".primary"); });
  EXPECT_EQ(used, declared);
}

// Section 4.1 of the database design document.
TEST(Indexes, AreThoseTheDatabaseDesignGives) {
  EXPECT_THAT(indexes_of_reads(),
              testing::IsSupersetOf({"users.email", "users.total_points", "energy_usage.user_id",
                                     "energy_usage.date", "rewards.points_required",
                                     "redemptions.user_id", "redemptions.reward_id"}));
}

}  // namespace
}  // namespace wattback

// A store over another that does what stores do on bad days: it refuses, it cannot be reached, it
// leaves a commit unknown, it is slow. What happens to a commit is asked of a plan, so a test
// writes down what it wants and a simulation draws it by chance.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "store/store.h"

namespace wattback::test_support {

struct Fault {
  enum class Kind : std::uint8_t {
    none,            // the commit goes through to the store below, which may refuse it itself
    refused,         // `refusal`, and nothing happened
    unavailable,     // StoreUnavailable, and nothing happened
    unknown_before,  // CommitUnknown, and nothing happened
    unknown_after,   // CommitUnknown, after it went through, unless the store below refused it
  };
  static constexpr std::size_t kinds = 5;

  Kind kind = Kind::none;
  store::Refusal refusal = {};
  Milliseconds delay{0};  // before any of that
};

Fault refused(store::Refusal::Reason reason, std::vector<store::Key> keys = {});
Fault unavailable();
Fault unknown_before();
Fault unknown_after();

// The primary keys of what the changes would write, and of the documents they would make the unique
// keys: what a plan may name as at fault.
std::vector<store::Key> keys_of(const store::Schema& schema, const store::ChangeSet& changes);

class FaultyStore final : public store::Store {
 public:
  // Asked in the thread that commits, before the commit. It may write the store below meanwhile, as
  // another process would, but must not set a plan.
  using Plan = std::function<Fault(const store::ChangeSet&)>;

  explicit FaultyStore(store::Store& below) : below_(&below) {}

  void set_plan(Plan plan) {
    const std::lock_guard lock(plan_mutex_);
    plan_ = std::move(plan);
  }
  // Not while another thread uses the store.
  void set_before_get(std::function<void(std::span<const store::Key>)> hook) {
    before_get_ = std::move(hook);
  }
  // Once a commit went through, before that is told. Not while another thread uses the store.
  void set_after_commit(std::function<void()> hook) { after_commit_ = std::move(hook); }
  // Before each revision is told; it may throw.
  void set_before_revision(std::function<void()> hook) { before_revision_ = std::move(hook); }
  // Claims these and refuses as `invalid` what exceeds them.
  void set_capabilities(const store::Capabilities& capabilities) { capabilities_ = capabilities; }

  // Commits that met this kind so far.
  std::uint64_t met(Fault::Kind kind) const { return met_.at(static_cast<std::size_t>(kind)); }

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override;
  store::Page find(const store::Query& query) override { return below_->find(query); }
  store::CommitResult commit(const store::ChangeSet& changes) override;
  void apply_schema(const store::Schema& schema) override { below_->apply_schema(schema); }
  std::optional<std::int64_t> schema_version() override { return below_->schema_version(); }
  std::vector<std::string> find_schema_faults(const store::Schema& schema) override {
    return below_->find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const store::Schema& schema) override {
    return below_->find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const store::Schema& schema) override {
    return below_->shard(schema);
  }
  std::unique_ptr<store::Snapshot> snapshot() override { return below_->snapshot(); }
  std::uint64_t revision(store::Collection collection) override {
    if (before_revision_) {
      before_revision_();
    }
    return below_->revision(collection);
  }
  store::Capabilities capabilities() const override {
    return capabilities_.value_or(below_->capabilities());
  }

 private:
  Fault planned(const store::ChangeSet& changes);

  store::Store* below_;
  std::mutex plan_mutex_;
  Plan plan_;
  std::function<void(std::span<const store::Key>)> before_get_;
  std::function<void()> after_commit_;
  std::function<void()> before_revision_;
  std::optional<store::Capabilities> capabilities_;
  std::array<std::atomic<std::uint64_t>, Fault::kinds> met_{};
};

// These in turn, one a commit, then no more.
FaultyStore::Plan in_turn(std::vector<Fault> faults);

}  // namespace wattback::test_support

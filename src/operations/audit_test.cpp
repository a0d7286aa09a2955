#include "operations/audit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "store/memory/memory_store.h"
#include "store/read.h"
#include "store/sqlite/sqlite_store.h"
#include "support/programme_in_use.h"

namespace wattback::operations {
namespace {

using std::chrono::hours;
using test_support::at;
using test_support::numbered;
using test_support::ProgrammeInUse;
using testing::ElementsAre;
using testing::IsEmpty;

struct Audited {
  AuditReport report;
  std::vector<std::string> lines;
};

Audited audit_all(store::Store& store, std::function<SteadyTime()> now = nullptr) {
  Audited audited;
  AuditOptions options{
      .on_break = [&](const Break& found) { audited.lines.push_back(to_text(found)); }};
  if (now) {
    options.now = std::move(now);
  }
  audited.report = audit(store, options);
  EXPECT_EQ(audited.report.broken, audited.lines.size());
  return audited;
}

std::size_t count_documents(store::Store& store) {
  std::size_t count = 0;
  for (const auto& collection : store::product_schema().collections) {
    store.snapshot()->scan({.collection = {collection.name}}, [&](const store::Document&) {
      ++count;
      return true;
    });
  }
  return count;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = std::filesystem::temp_directory_path() / "wattback-audit-XXXXXX";
    check(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Audit, AnEmptyStoreIsClean) {
  const auto store = store::make_memory_store();
  store->apply_schema(store::product_schema());
  const auto audited = audit_all(*store);
  EXPECT_TRUE(audited.report.ok());
  EXPECT_EQ(audited.report.checked, 0U);
}

TEST(Audit, AProgrammeInUseIsCleanInMemory) {
  const auto store = store::make_memory_store();
  const ProgrammeInUse programme(*store);
  const auto audited = audit_all(*store);
  EXPECT_THAT(audited.lines, IsEmpty());
  EXPECT_EQ(audited.report.checked, count_documents(*store)) << "each document once";
  EXPECT_EQ(audited.report.snapshots, 1U);
}

TEST(Audit, AProgrammeInUseIsCleanOnSqlite) {
  const TemporaryFolder folder;
  const auto store = store::make_sqlite_store(
      {.path = folder.path() / "wattback.db", .if_missing = store::IfMissing::create});
  const ProgrammeInUse programme(*store);
  const auto audited = audit_all(*store);
  EXPECT_THAT(audited.lines, IsEmpty());
  EXPECT_EQ(audited.report.checked, count_documents(*store));
}

// What the tests lean on is there.
TEST(Audit, TheProgrammeInUseHasWhatCanBreak) {
  const auto store = store::make_memory_store();
  const ProgrammeInUse programme(*store);
  const auto ana = store::fetch(*store, users::codec(), users::key(programme.ana));
  const auto ben = store::fetch(*store, users::codec(), users::key(programme.ben));
  EXPECT_GT(ana->total_points, Points{0});
  EXPECT_GT(ana->points_carry, Nanopoints{0});
  EXPECT_GT(ben->points_owed, Points{0});
  bool repaid = false;
  std::vector<points::EntryKind> kinds;
  store::for_each<points::Entry>(*store, points::ledger_codec(),
                                 {.collection = points::ledger_collection},
                                 [&](const points::Entry& entry) {
                                   kinds.push_back(entry.kind);
                                   repaid = repaid || entry.owed < Points{0};
                                 });
  for (const auto& [kind, name] : EnumNames<points::EntryKind>::rows) {
    EXPECT_THAT(kinds, testing::Contains(kind)) << name;
  }
  EXPECT_TRUE(repaid);
}

// Readings are never held at once: days close as the scan moves on, and those of several zones
// overlap by three.
TEST(Audit, MemoryIsBounded) {
  const auto store = store::make_memory_store();
  ProgrammeInUse programme(*store);
  const auto eve = numbered<UserId>(9);
  programme.run(users::CreateUser{
      .user = eve, .name = "Eve", .email = "eve@example.org", .now = programme.now});
  constexpr int batch = 48;
  constexpr int batches = 209;
  for (const auto* label : {"default", "other"}) {
    for (int i = 0; i < batches; ++i) {
      const auto start = wattback::to_text(at("2024-01-01T00:00:00Z") + hours(i * batch));
      programme.run(
          programme.readings(eve, label, start.c_str(), Seconds(3600), batch, 400'000 + i));
    }
    programme.run(users::EditUser{
        .user = eve, .time_zone = *TimeZone::find("Pacific/Auckland"), .now = programme.now});
  }
  const auto before = std::chrono::steady_clock::now();
  const auto audited = audit_all(*store);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  EXPECT_THAT(audited.lines, IsEmpty());
  EXPECT_GT(audited.report.checked, 20'000U);
  EXPECT_LE(audited.report.open_days_max, 3U);
  RecordProperty("documents_a_second",
                 fmt::format("{:.0f}", static_cast<double>(audited.report.checked) / took.count()));
}

// A store whose snapshots last ten seconds of a clock that each reading of it moves on. What is
// read from a snapshot after that is refused, and what is committed between two is in the second.
class HastyStore : public store::Store {
 public:
  explicit HastyStore(store::Store& store) : store_(&store) {}

  SteadyTime tick() { return now_ += std::chrono::seconds(2); }
  void pass(std::chrono::seconds time) { now_ += time; }
  std::function<void()> on_snapshot;  // what another process does meanwhile
  std::function<void(const store::Query&)> on_scan;

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    return store_->get(collection, keys);
  }
  store::Page find(const store::Query& query) override { return store_->find(query); }
  store::CommitResult commit(const store::ChangeSet& changes) override {
    return store_->commit(changes);
  }
  void apply_schema(const store::Schema& schema) override { store_->apply_schema(schema); }
  std::optional<std::int64_t> schema_version() override { return store_->schema_version(); }
  std::vector<std::string> find_schema_faults(const store::Schema& schema) override {
    return store_->find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const store::Schema& schema) override {
    return store_->find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const store::Schema& schema) override {
    return store_->shard(schema);
  }
  std::unique_ptr<store::Snapshot> snapshot() override {
    if (on_snapshot) {
      on_snapshot();
    }
    return std::make_unique<HastySnapshot>(*this);
  }
  std::uint64_t revision(store::Collection collection) override {
    return store_->revision(collection);
  }
  store::Capabilities capabilities() const override {
    auto capabilities = store_->capabilities();
    capabilities.snapshot_lasts = lasts;
    return capabilities;
  }

  Seconds lasts{10};
  bool one_moment = true;  // false: a snapshot is no moment, each scan sees what is there then

 private:
  class HastySnapshot : public store::Snapshot {
   public:
    explicit HastySnapshot(HastyStore& store)
        : store_(&store), opened_(store.now_), snapshot_(store.store_->snapshot()) {}

    std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                    std::span<const store::Key> keys) override {
      return current().get(collection, keys);
    }
    void scan(const store::Query& query, const Sink& sink) override {
      if (store_->on_scan) {
        store_->on_scan(query);
      }
      current().scan(query, sink);
    }

   private:
    store::Snapshot& current() {
      if (store_->now_ - opened_ > store_->lasts && store_->one_moment) {
        throw store::StoreUnavailable("the snapshot is gone");
      }
      if (!store_->one_moment) {
        snapshot_ = store_->store_->snapshot();
      }
      return *snapshot_;
    }

    HastyStore* store_;
    SteadyTime opened_;
    std::unique_ptr<store::Snapshot> snapshot_;
  };

  store::Store* store_;
  SteadyTime now_{hours(1)};
};

TEST(Audit, GoesByRangesWhereSnapshotsEnd) {
  const auto store = store::make_memory_store();
  const ProgrammeInUse programme(*store);
  HastyStore hasty(*store);
  const auto audited = audit_all(hasty, [&] { return hasty.tick(); });
  EXPECT_THAT(audited.lines, IsEmpty());
  EXPECT_GT(audited.report.snapshots, 3U);
  EXPECT_EQ(audited.report.checked, count_documents(*store)) << "each document once";
}

TEST(Audit, IsCleanWhileOthersCommitBetweenSnapshots) {
  const auto store = store::make_memory_store();
  ProgrammeInUse programme(*store);
  HastyStore hasty(*store);
  int commits = 0;
  hasty.on_snapshot = [&] {
    const auto key = fmt::format("more-{}", ++commits);
    for (const auto& user : {programme.ana, programme.ben, programme.cat}) {
      programme.run(points::AdjustPoints{.user = user,
                                         .points = {100},
                                         .reason_code = "goodwill",
                                         .key = {key},
                                         .now = programme.now});
    }
    programme.run(redemptions::Redeem{
        .user = programme.cat, .reward = programme.lamp, .key = {key}, .now = programme.now});
    programme.run(rewards::MoveStock{.reward = programme.lamp,
                                     .delta = 2,
                                     .reason_code = "delivery",
                                     .key = {key},
                                     .now = programme.now});
    programme.run(
        programme.readings(programme.ana, "default",
                           wattback::to_text(at("2026-03-15T00:00:00Z") + hours(commits)).c_str(),
                           Seconds(3600), 1, 1'000'000));
  };
  for (const auto lasts : {Seconds(0), Seconds(10)}) {
    hasty.lasts = lasts;
    EXPECT_THAT(audit_all(hasty, [&] { return hasty.tick(); }).lines, IsEmpty()) << lasts.count();
  }
  EXPECT_GT(commits, 3);
}

TEST(Audit, ChecksAgainWhatNoOneMomentSaw) {
  const auto store = store::make_memory_store();
  ProgrammeInUse programme(*store);
  HastyStore hasty(*store);
  hasty.one_moment = false;
  hasty.lasts = Seconds(0);
  bool adjusted = false;
  hasty.on_scan = [&](const store::Query& query) {
    if (query.collection == points::ledger_collection && !adjusted) {  // members were read before
      adjusted = true;
      programme.run(points::AdjustPoints{.user = programme.ana,
                                         .points = {1},
                                         .reason_code = "goodwill",
                                         .key = {"meanwhile"},
                                         .now = programme.now});
    }
  };
  const auto audited = audit_all(hasty, [&] { return hasty.tick(); });
  EXPECT_TRUE(adjusted);
  EXPECT_THAT(audited.lines, IsEmpty());

  const auto before = *store::fetch(*store, users::codec(), users::key(programme.ben));
  auto after = before;
  ++after.points_owed.count;
  ++after.version;
  ASSERT_TRUE(store->commit({{store::Replace{.collection = users::collection,
                                             .before = users::codec().encode(before),
                                             .after = users::codec().encode(after)}}}));
  EXPECT_THAT(audit_all(hasty, [&] { return hasty.tick(); }).lines,
              ElementsAre(testing::HasSubstr(
                  fmt::format("I1 users[{}]: points_owed is", wattback::to_text(programme.ben)))));
}

}  // namespace
}  // namespace wattback::operations

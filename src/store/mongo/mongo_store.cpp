#include "store/mongo/mongo_store.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/edit.h"
#include "store/mongo/connection.h"
#include "store/mongo/database.h"
#include "store/mongo/layout.h"
#include "store/mongo/limits.h"
#include "store/mongo/reads.h"
#include "store/mongo/server.h"
#include "store/mongo/sharding.h"
#include "store/mongo/standing.h"
#include "store/mongo/watch.h"
#include "store/mongo/writes.h"
#include "store/revisions.h"

namespace wattback::store {
namespace {

using mongo::Clients;
using mongo::Connection;
using mongo::Deployment;
using mongo::Layouts;

class MongoSnapshot : public Snapshot {
 public:
  MongoSnapshot(Clients& clients, const Layouts& layouts)
      : connection_(clients.lend()),
        layouts_(layouts),
        session_(connection_.start_session(mongo::Sight::one_moment)) {
    // The moment is that of the first read.
    mongo::Cursor(connection_, std::string(mongo::store_collection), {}, {}, session_.get()).next();
  }

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    return mongo::get(source(), layouts_.at(collection), keys);
  }

  void scan(const Query& query, const Sink& sink) override {
    mongo::scan(source(), layouts_.at(query.collection), query, sink);
  }

 private:
  mongo::Source source() const { return {.connection = connection_, .session = session_.get()}; }

  Connection connection_;
  const Layouts& layouts_;
  mongo::SessionHandle session_;
};

class MongoStore : public Store {
 public:
  explicit MongoStore(const MongoOptions& options)
      : clients_(mongo::Address(options.address)),
        deployment_(mongo::check_server(clients_)),
        intent_(options.intent),
        commit_repeats_max_(options.commit_repeats_max),
        watch_(clients_, revisions_, deployment_) {}

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    if (keys.empty()) {
      return {};
    }
    const auto connection = clients_.lend();
    return mongo::get({.connection = connection}, layouts().at(collection), keys);
  }

  Page find(const Query& query) override {
    const auto connection = clients_.lend();
    return mongo::find({.connection = connection}, layouts().at(query.collection), query);
  }

  CommitResult commit(const ChangeSet& changes) override {
    const auto schema_of = [this](Collection collection) -> const CollectionSchema& {
      return layouts().at(collection).collection();
    };
    if (auto refusal = find_invalid(changes, capabilities(), schema_of)) {
      return std::unexpected(std::move(*refusal));
    }
    if (changes.changes.empty()) {
      return {};
    }
    const auto connection = clients_.lend();
    const auto session = connection.start_session(mongo::Sight::latest);
    watch_.leave_out(session.get());
    try {
      auto result = mongo::commit(connection, session.get(), layouts(), changes,
                                  commit_repeats_max_, rivals_);
      if (result) {
        connection.note(session.get());
        revisions_.count(changes);
      }
      return result;
    } catch (const CommitUnknown&) {
      watch_.take_in(session.get());
      revisions_.count(changes);
      throw;
    }
  }

  void apply_schema(const Schema& schema) override {
    auto layouts = std::make_unique<const Layouts>(schema);
    const auto connection = clients_.lend();
    if (intent_ == Intent::write) {
      mongo::check_may_write(connection, *layouts);
    }
    mongo::make_collections(connection, *layouts, schema.version);
    layouts_.push_back(std::move(layouts));
  }

  std::optional<std::int64_t> schema_version() override {
    return mongo::read_version(clients_.lend(), mongo::Moment::statement);
  }

  std::vector<std::string> find_schema_faults(const Schema& schema) override {
    return mongo::find_faults(clients_.lend(), mongo::Layouts(schema), schema.version);
  }

  std::vector<std::string> find_sharding_faults(const Schema& schema) override {
    return deployment_ == Deployment::sharded_cluster
               ? mongo::find_sharding_faults(clients_.lend(), Layouts(schema))
               : std::vector<std::string>();
  }

  std::vector<std::string> shard(const Schema& schema) override {
    return deployment_ == Deployment::sharded_cluster
               ? mongo::shard_collections(clients_.lend(), Layouts(schema))
               : std::vector<std::string>();
  }

  std::unique_ptr<Snapshot> snapshot() override {
    return std::make_unique<MongoSnapshot>(clients_, layouts());
  }

  std::uint64_t revision(Collection collection) override {
    watch_.follow(collection);
    return revisions_.of(collection);
  }

  Capabilities capabilities() const override {
    return {.commit_changes_max = mongo::commit_changes_max,
            .commit_bytes_max = mongo::commit_bytes_max,
            .document_bytes_max = mongo::document_bytes_max,
            .snapshot_lasts = mongo::snapshot_lasts,
            .durable = true,
            .shared = true,
            .remote = true,
            .checks_references = false,
            .revision_delay = mongo::revision_delay};
  }

  void look(IfMissing if_missing) {
    if (!mongo::read_version(clients_.lend(), mongo::Moment::opening) &&
        if_missing == IfMissing::refuse) {
      throw StoreMissing(fmt::format("{}: there is no store", clients_.address().text()));
    }
  }

 private:
  const Layouts& layouts() const {
    check(!layouts_.empty());  // apply_schema comes first
    return *layouts_.back();
  }

  Clients clients_;
  const Deployment deployment_;
  const Intent intent_;
  const Milliseconds commit_repeats_max_;
  mongo::RivalPatience rivals_;
  std::vector<std::unique_ptr<const Layouts>> layouts_;  // all ever applied: keys view their names
  Revisions revisions_;
  mongo::Watch watch_;
};

}  // namespace

void forget_driver_counters() { shm_unlink(fmt::format("/mongoc-{}", getpid()).c_str()); }

std::unique_ptr<Store> make_mongo_store(const MongoOptions& options) {
  auto store = std::make_unique<MongoStore>(options);
  store->look(options.if_missing);
  return store;
}

}  // namespace wattback::store

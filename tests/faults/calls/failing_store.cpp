#include "faults/calls/failing_store.h"

#include <utility>

namespace wattback::calls {
namespace {

class FailingSnapshot final : public store::Snapshot {
 public:
  FailingSnapshot(std::unique_ptr<store::Snapshot> inner, CallCount& calls)
      : inner_(std::move(inner)), calls_(&calls) {}

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    calls_->meet("a get of a snapshot");
    return inner_->get(collection, keys);
  }
  void scan(const store::Query& query, const Sink& sink) override {
    calls_->meet("a scan");
    inner_->scan(query, [&](const store::Document& document) {
      calls_->meet("a document of a scan");
      return sink(document);
    });
  }

 private:
  std::unique_ptr<store::Snapshot> inner_;
  CallCount* calls_;
};

class FailingStore final : public store::Layer {
 public:
  FailingStore(std::unique_ptr<store::Store> below, CallCount& calls)
      : Layer(std::move(below)), calls_(&calls) {}

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    calls_->meet("a get");
    return inner().get(collection, keys);
  }
  store::Page find(const store::Query& query) override {
    calls_->meet("a find");
    return inner().find(query);
  }
  store::CommitResult commit(const store::ChangeSet& changes) override {
    calls_->meet("a commit");
    return inner().commit(changes);
  }
  std::unique_ptr<store::Snapshot> snapshot() override {
    calls_->meet("a snapshot");
    return std::make_unique<FailingSnapshot>(inner().snapshot(), *calls_);
  }
  std::uint64_t revision(store::Collection collection) override {
    calls_->meet("a revision");
    return inner().revision(collection);
  }
  void apply_schema(const store::Schema& schema) override {
    calls_->meet("an application of the schema");
    inner().apply_schema(schema);
  }
  std::optional<std::int64_t> schema_version() override {
    calls_->meet("a question for the version");
    return inner().schema_version();
  }
  std::vector<std::string> find_schema_faults(const store::Schema& schema) override {
    calls_->meet("a question for faults of the schema");
    return inner().find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const store::Schema& schema) override {
    calls_->meet("a question for faults of the sharding");
    return inner().find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const store::Schema& schema) override {
    calls_->meet("a sharding");
    return inner().shard(schema);
  }

 private:
  CallCount* calls_;
};

}  // namespace

void CallCount::meet(const std::string& what) {
  ++made;
  kinds.count(what);
  if (failing == made) {
    failed = what;
    throw store::StoreUnavailable("the test wants " + what + " to fail");
  }
}

std::unique_ptr<store::Store> make_failing_store(std::unique_ptr<store::Store> inner,
                                                 CallCount& calls) {
  return std::make_unique<FailingStore>(std::move(inner), calls);
}

}  // namespace wattback::calls

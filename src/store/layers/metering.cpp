#include "store/layers/metering.h"

#include <algorithm>
#include <exception>

#include "base/check.h"
#include "store/layers/layer.h"

namespace wattback::store {
namespace {

// Counts one call of one operation when it ends, by returning or by throwing.
class Measured {
 public:
  Measured(StoreMeters& meters, const Stopwatch& stopwatch, Operation operation,
           std::string_view collection)
      : meters_(&meters),
        stopwatch_(&stopwatch),
        operation_(operation),
        collection_(collection),
        start_(stopwatch()),
        exceptions_(std::uncaught_exceptions()) {}
  Measured(const Measured&) = delete;
  Measured& operator=(const Measured&) = delete;
  ~Measured() {
    const bool threw = std::uncaught_exceptions() > exceptions_;
    meters_->count(operation_, collection_,
                   {.documents = documents_,
                    .errors = threw ? std::uint64_t{1} : 0,
                    .time = (*stopwatch_)() - start_});
  }

  void add_documents(std::size_t documents) { documents_ += documents; }

 private:
  StoreMeters* meters_;
  const Stopwatch* stopwatch_;
  Operation operation_;
  std::string_view collection_;
  Elapsed start_;
  int exceptions_;
  std::uint64_t documents_ = 0;
};

std::size_t count_found(const std::vector<std::optional<Document>>& documents) {
  return static_cast<std::size_t>(
      std::ranges::count_if(documents, [](const auto& document) { return document.has_value(); }));
}

class MeteredSnapshot : public Snapshot {
 public:
  MeteredSnapshot(std::unique_ptr<Snapshot> inner, std::shared_ptr<StoreMeters> meters,
                  Stopwatch stopwatch)
      : inner_(std::move(inner)), meters_(std::move(meters)), stopwatch_(std::move(stopwatch)) {}

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    Measured measured(*meters_, stopwatch_, Operation::snapshot_get, collection.name);
    auto documents = inner_->get(collection, keys);
    measured.add_documents(count_found(documents));
    return documents;
  }

  void scan(const Query& query, const Sink& sink) override {
    meters_->count_query(query);
    Measured measured(*meters_, stopwatch_, Operation::snapshot_scan, query.collection.name);
    inner_->scan(query, [&](const Document& document) {
      measured.add_documents(1);
      return sink(document);
    });
  }

 private:
  std::unique_ptr<Snapshot> inner_;
  std::shared_ptr<StoreMeters> meters_;
  Stopwatch stopwatch_;
};

class MeteredStore : public Layer {
 public:
  MeteredStore(std::unique_ptr<Store> below, std::shared_ptr<StoreMeters> meters,
               Stopwatch stopwatch)
      : Layer(std::move(below)), meters_(std::move(meters)), stopwatch_(std::move(stopwatch)) {}

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    Measured measured(*meters_, stopwatch_, Operation::get, collection.name);
    auto documents = inner().get(collection, keys);
    measured.add_documents(count_found(documents));
    return documents;
  }

  Page find(const Query& query) override {
    meters_->count_query(query);
    Measured measured(*meters_, stopwatch_, Operation::find, query.collection.name);
    auto page = inner().find(query);
    measured.add_documents(page.documents.size());
    return page;
  }

  CommitResult commit(const ChangeSet& changes) override {
    Measured measured(*meters_, stopwatch_, Operation::commit, {});
    auto result = inner().commit(changes);
    if (result) {
      measured.add_documents(changes.changes.size());
      meters_->count_changes(changes);
    } else {
      meters_->count_refusal(result.error().reason);
    }
    return result;
  }

  std::unique_ptr<Snapshot> snapshot() override {
    const Measured measured(*meters_, stopwatch_, Operation::snapshot, {});
    return std::make_unique<MeteredSnapshot>(inner().snapshot(), meters_, stopwatch_);
  }

 private:
  std::shared_ptr<StoreMeters> meters_;
  Stopwatch stopwatch_;
};

Operation operation_of(const Insert&) { return Operation::insert; }
Operation operation_of(const Replace&) { return Operation::replace; }
Operation operation_of(const Remove&) { return Operation::remove; }

}  // namespace

std::string_view to_text(Operation operation) {
  switch (operation) {
    case Operation::get:
      return "get";
    case Operation::find:
      return "find";
    case Operation::commit:
      return "commit";
    case Operation::insert:
      return "insert";
    case Operation::replace:
      return "replace";
    case Operation::remove:
      return "remove";
    case Operation::snapshot:
      return "snapshot";
    case Operation::snapshot_get:
      return "snapshot_get";
    case Operation::snapshot_scan:
      return "snapshot_scan";
  }
  check(false);
  return {};
}

Elapsed steady_elapsed() { return std::chrono::steady_clock::now().time_since_epoch(); }

StoreFigures StoreMeters::read() const {
  const std::lock_guard lock(mutex_);
  StoreFigures figures;
  for (const auto& [operation, collections] : operations_) {
    for (const auto& [collection, counted] : collections) {
      figures.operations.push_back(counted);
    }
  }
  for (const auto& [collection, indexes] : indexes_) {
    for (const auto& [index, queries] : indexes) {
      figures.indexes.push_back({.collection = collection, .index = index, .queries = queries});
    }
  }
  figures.refusals = refusals_;
  return figures;
}

OperationFigures& StoreMeters::figures_of(Operation operation, std::string_view collection) {
  auto& collections = operations_[operation];
  auto found = collections.find(collection);
  if (found == collections.end()) {
    found = collections
                .emplace(collection, OperationFigures{.operation = operation,
                                                      .collection = std::string(collection)})
                .first;
  }
  return found->second;
}

void StoreMeters::count(Operation operation, std::string_view collection, const Call& call) {
  const std::lock_guard lock(mutex_);
  auto& figures = figures_of(operation, collection);
  figures.calls += 1;
  figures.documents += call.documents;
  figures.errors += call.errors;
  figures.time += call.time;
}

void StoreMeters::count_changes(const ChangeSet& changes) {
  const std::lock_guard lock(mutex_);
  for (const auto& change : changes.changes) {
    std::visit(
        [&](const auto& kind) {
          auto& figures = figures_of(operation_of(kind), kind.collection.name);
          figures.calls += 1;
          figures.documents += 1;
        },
        change);
  }
}

void StoreMeters::count_query(const Query& query) {
  const std::lock_guard lock(mutex_);
  auto collection = indexes_.find(query.collection.name);
  if (collection == indexes_.end()) {
    collection = indexes_.try_emplace(std::string(query.collection.name)).first;
  }
  auto index = collection->second.find(query.index);
  if (index == collection->second.end()) {
    index = collection->second.try_emplace(std::string(query.index), 0).first;
  }
  index->second += 1;
}

void StoreMeters::count_refusal(Refusal::Reason reason) {
  const std::lock_guard lock(mutex_);
  refusals_[reason] += 1;
}

std::unique_ptr<Store> make_metered_store(std::unique_ptr<Store> inner,
                                          std::shared_ptr<StoreMeters> meters,
                                          Stopwatch stopwatch) {
  return std::make_unique<MeteredStore>(std::move(inner), std::move(meters), std::move(stopwatch));
}

}  // namespace wattback::store

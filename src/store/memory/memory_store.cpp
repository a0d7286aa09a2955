#include "store/memory/memory_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "base/check.h"
#include "store/edit.h"
#include "store/memory/table.h"
#include "store/revisions.h"

namespace wattback::store {
namespace {

using memory::Row;
using memory::Table;

// By collection. A snapshot holds the tables of its moment; who writes one that is held writes a
// copy instead.
using Tables = std::map<std::string, std::shared_ptr<Table>, std::less<>>;

// What the store and its snapshots share. Everything in it is guarded by `mutex`, except that a
// snapshot reads the tables it holds without it.
struct State {
  std::shared_mutex mutex;
  std::int64_t schema_version = 0;
  std::vector<std::shared_ptr<const Schema>> schemas;  // all ever applied: keys view their names
  Tables tables;
};

const Table& table_of(const Tables& tables, Collection collection) {
  const auto found = tables.find(collection.name);
  check(found != tables.end());
  return *found->second;
}

std::vector<std::optional<Document>> get_from(const Tables& tables, Collection collection,
                                              std::span<const Key> keys) {
  const auto& table = table_of(tables, collection);
  std::vector<std::optional<Document>> documents;
  documents.reserve(keys.size());
  for (const auto& key : keys) {
    check(key.collection == collection);
    const auto row = table.find(key);
    documents.push_back(row ? std::optional(*row) : std::nullopt);
  }
  return documents;
}

class MemorySnapshot : public Snapshot {
 public:
  explicit MemorySnapshot(std::shared_ptr<State> state) : state_(std::move(state)) {
    const std::shared_lock lock(state_->mutex);
    tables_ = state_->tables;
  }
  MemorySnapshot(const MemorySnapshot&) = delete;
  MemorySnapshot& operator=(const MemorySnapshot&) = delete;

  // Under the lock, so that a writer who finds a table unshared knows all our reading is over.
  ~MemorySnapshot() override {
    const std::unique_lock lock(state_->mutex);
    tables_.clear();
  }

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    return get_from(tables_, collection, keys);
  }

  void scan(const Query& query, const Sink& sink) override {
    table_of(tables_, query.collection).walk(query, [&](const Row& row) { return sink(*row); });
  }

 private:
  std::shared_ptr<State> state_;
  Tables tables_;
};

struct Step : Edit {
  const Table* table = nullptr;
  Row leaving = nullptr;  // the stored row that has the key of `before`
};

using Steps = std::vector<Step>;

std::unexpected<Refusal> refuse(Refusal::Reason reason, std::vector<Key> keys, std::string detail) {
  return std::unexpected(
      Refusal{.reason = reason, .keys = std::move(keys), .detail = std::move(detail)});
}

// Promised of a set; see ChangeSet.
void check_distinct(const Steps& steps) {
  std::unordered_set<Key, KeyHash> changed;
  for (const auto& step : steps) {
    check(changed.insert(step.key()).second);
  }
}

bool same_version(const CollectionSchema& schema, const Document& a, const Document& b) {
  return !schema.version || version_of(schema, a) == version_of(schema, b);
}

// Also finds the rows that leave.
CommitResult find_conflicts(Steps& steps) {
  std::vector<Key> keys;
  for (auto& step : steps) {
    if (step.before == nullptr) {
      continue;
    }
    auto key = step.key();
    step.leaving = step.table->find(key);
    if (!step.leaving || !same_version(*step.collection, *step.leaving, *step.before)) {
      keys.push_back(std::move(key));
    } else {
      check(*step.leaving == *step.before);  // exactly as read
    }
  }
  if (!keys.empty()) {
    const auto detail = fmt::format("{} changed since it was read", to_text(keys.front()));
    return refuse(Refusal::Reason::conflict, std::move(keys), detail);
  }
  return {};
}

// A key is taken when a row that stays has it, or another document of the set.
CommitResult find_taken(const Steps& steps) {
  std::unordered_set<const Document*> leaving;
  for (const auto& step : steps) {
    if (step.leaving) {
      leaving.insert(step.leaving.get());
    }
  }
  std::vector<Key> taken;
  std::unordered_set<Key, KeyHash> claimed;
  std::unordered_set<Key, KeyHash> named;
  for (const auto& step : steps) {
    for (auto& key : step.keys_taken()) {
      const auto holder = step.table->find(key);
      const bool held = holder && !leaving.contains(holder.get());
      const bool again = !claimed.insert(key).second;
      if ((held || again) && named.insert(key).second) {
        taken.push_back(std::move(key));
      }
    }
  }
  if (!taken.empty()) {
    const auto detail = fmt::format("{} is taken", to_text(taken.front()));
    return refuse(Refusal::Reason::already_exists, std::move(taken), detail);
  }
  return {};
}

// What `expected` declares and `made` has otherwise or not at all.
void find_differences(const CollectionSchema& made, const CollectionSchema& expected,
                      std::vector<std::string>& faults) {
  const auto compare = [&](const auto& there, const auto& wanted) {
    for (const auto& each : wanted) {
      const auto found =
          std::ranges::find_if(there, [&](const auto& other) { return other.name == each.name; });
      if (found == there.end() || *found != each) {
        faults.push_back(
            fmt::format("{}.{} {}", expected.name, each.name,
                        found == there.end() ? "is missing" : "is declared otherwise"));
      }
    }
  };
  compare(made.fields, expected.fields);
  compare(made.indexes, expected.indexes);
}

// The row as a document of another schema, which has all its fields.
Row moved(const Row& row, const CollectionSchema& from, const CollectionSchema& to) {
  if (std::ranges::equal(from.fields, to.fields, {}, &FieldSchema::name, &FieldSchema::name)) {
    return row;
  }
  Document document{std::vector<Value>(to.fields.size())};
  for (std::size_t i = 0; i < from.fields.size(); ++i) {
    document.values[to.position(from.fields[i].name)] = row->values[i];
  }
  return std::make_shared<const Document>(std::move(document));
}

class MemoryStore : public Store {
 public:
  MemoryStore() = default;
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  ~MemoryStore() override { check(state_.use_count() == 1); }  // no snapshot outlives it

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    const std::shared_lock lock(state_->mutex);
    return get_from(state_->tables, collection, keys);
  }

  Page find(const Query& query) override {
    check(query.limit >= 1);
    check(query.limit <= page_documents_max);
    const std::shared_lock lock(state_->mutex);
    const auto& table = table_of(state_->tables, query.collection);
    Page page;
    table.walk(query, [&](const Row& row) {
      if (page.documents.size() == query.limit) {
        page.next = values_at(page.documents.back(), table.schema().index(query.index).order);
        return false;
      }
      page.documents.push_back(*row);
      return true;
    });
    return page;
  }

  CommitResult commit(const ChangeSet& changes) override {
    const std::unique_lock lock(state_->mutex);
    const auto schema_of = [this](Collection collection) -> const CollectionSchema& {
      return table_of(state_->tables, collection).schema();
    };
    if (auto refusal = find_invalid(changes, memory_capabilities, schema_of)) {
      return std::unexpected(std::move(*refusal));
    }
    Steps steps;
    steps.reserve(changes.changes.size());
    for (const auto& change : changes.changes) {
      const auto& table = table_of(state_->tables, collection_of(change));
      steps.push_back({edit_of(change, table.schema()), &table});
    }
    check_distinct(steps);
    if (auto refused = find_conflicts(steps); !refused) {
      return refused;
    }
    if (auto refused = find_taken(steps); !refused) {
      return refused;
    }
    apply(steps);
    revisions_.count(changes);
    return {};
  }

  void apply_schema(const Schema& schema) override {
    const std::unique_lock lock(state_->mutex);
    if (schema.version < state_->schema_version) {
      throw StoreUnusable(fmt::format("the store has schema version {}, this program knows {}",
                                      state_->schema_version, schema.version));
    }
    state_->schema_version = schema.version;
    const auto applied = std::make_shared<const Schema>(schema);
    state_->schemas.push_back(applied);
    for (const auto& collection : applied->collections) {
      const auto table = std::make_shared<Table>(collection);
      auto& current = state_->tables[collection.name];
      if (current) {
        current->walk({.collection = {collection.name}}, [&](const Row& row) {
          table->add(moved(row, current->schema(), collection));
          return true;
        });
      }
      current = table;
    }
  }

  std::optional<std::int64_t> schema_version() override {
    const std::shared_lock lock(state_->mutex);
    return state_->schemas.empty() ? std::nullopt : std::optional(state_->schema_version);
  }

  std::vector<std::string> find_schema_faults(const Schema& schema) override {
    const std::shared_lock lock(state_->mutex);
    std::vector<std::string> faults;
    if (schema.version != state_->schema_version) {
      faults.push_back(fmt::format("the store has schema version {}, not {}",
                                   state_->schema_version, schema.version));
    }
    for (const auto& collection : schema.collections) {
      const auto found = state_->tables.find(collection.name);
      if (found == state_->tables.end()) {
        faults.push_back(collection.name + " is missing");
        continue;
      }
      find_differences(found->second->schema(), collection, faults);
    }
    return faults;
  }

  std::vector<std::string> find_sharding_faults(const Schema& /*schema*/) override { return {}; }

  std::vector<std::string> shard(const Schema& /*schema*/) override { return {}; }

  std::unique_ptr<Snapshot> snapshot() override { return std::make_unique<MemorySnapshot>(state_); }

  std::uint64_t revision(Collection collection) override { return revisions_.of(collection); }

  Capabilities capabilities() const override { return memory_capabilities; }

 private:
  Table& writable(Collection collection) {
    auto& table = state_->tables.find(collection.name)->second;
    if (table.use_count() > 1) {
      table = std::make_shared<Table>(*table);
    }
    return *table;
  }

  // All that leaves first, so that what comes may take its unique fields.
  void apply(const Steps& steps) {
    for (const auto& step : steps) {
      if (step.leaving) {
        writable(step.name).remove(step.leaving);
      }
    }
    for (const auto& step : steps) {
      if (step.after != nullptr) {
        writable(step.name).add(std::make_shared<const Document>(*step.after));
      }
    }
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
  Revisions revisions_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace wattback::store

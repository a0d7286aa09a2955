// A store over another, which answers what the layer leaves alone.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace wattback::store {

class Layer : public Store {
 public:
  explicit Layer(std::unique_ptr<Store> below) : inner_(std::move(below)) {}

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    return inner_->get(collection, keys);
  }
  Page find(const Query& query) override { return inner_->find(query); }
  CommitResult commit(const ChangeSet& changes) override { return inner_->commit(changes); }
  void apply_schema(const Schema& schema) override { inner_->apply_schema(schema); }
  std::optional<std::int64_t> schema_version() override { return inner_->schema_version(); }
  std::vector<std::string> find_schema_faults(const Schema& schema) override {
    return inner_->find_schema_faults(schema);
  }
  std::vector<std::string> find_sharding_faults(const Schema& schema) override {
    return inner_->find_sharding_faults(schema);
  }
  std::vector<std::string> shard(const Schema& schema) override { return inner_->shard(schema); }
  std::unique_ptr<Snapshot> snapshot() override { return inner_->snapshot(); }
  std::uint64_t revision(Collection collection) override { return inner_->revision(collection); }
  Capabilities capabilities() const override { return inner_->capabilities(); }

 protected:
  Store& inner() const { return *inner_; }

 private:
  std::unique_ptr<Store> inner_;
};

}  // namespace wattback::store

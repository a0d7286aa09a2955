// What brings a store from one version of the schema to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "store/store.h"

namespace wattback::operations {

// One pass over a collection, by primary key. It is cut into pieces, each committed with where it
// ended; so a document is rewritten once, however often the pass is cut off.
struct Pass {
  // What each of the documents becomes, by the schema of the migration's number; nothing: it stays.
  // May read the store. The collection has a version, which the runner counts on. A server that
  // runs meanwhile may decide on these documents, so this must be nothing a decision rests on.
  using Rewrite = std::function<std::vector<std::optional<store::Document>>(
      store::Store& store, const store::Schema& schema,
      std::span<const store::Document> documents)>;

  std::string name;  // what it does: "name the reward of each redemption"
  store::Collection collection;
  Rewrite rewrite;
};

// What the schema adds with this number is there before `up` begins, and optional; what it requires
// is required once `up` is through. Once released, a migration never changes.
struct Migration {
  std::int64_t number = 0;  // the schema version it brings a store to
  std::string name;
  std::string description;
  std::vector<Pass> up;  // in turn; none where the schema's additions are all
};

// A list of migrations with the schema they lead to.
class Migrations {
 public:
  // Numbered from 1 to the schema's version.
  Migrations(store::Schema schema, std::vector<Migration> list);

  const store::Schema& schema() const { return schema_; }
  const std::vector<Migration>& list() const { return list_; }
  std::int64_t newest() const { return schema_.version; }

  store::Schema schema_at(std::int64_t number) const { return store::as_of(schema_, number); }

  // Over its number, its name, its passes' names and the collections, fields and indexes it brings
  // a store to. Descriptions may be bettered.
  Digest checksum(const Migration& migration) const;

  // What the schema adds with this number, a line each: "redemptions.reward_name, then required".
  std::vector<std::string> additions(std::int64_t number) const;

 private:
  store::Schema schema_;
  std::vector<Migration> list_;
};

// The product's own.
const Migrations& product_migrations();

}  // namespace wattback::operations

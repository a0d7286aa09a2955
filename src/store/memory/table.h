// One collection in memory: its documents along each of its indexes. A copy has indexes of its own
// and shares the documents, which never change.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "store/document.h"
#include "store/query.h"

namespace wattback::store::memory {

using Row = std::shared_ptr<const Document>;

// The values of an index's first fields. Every row that has them is its equal.
using Prefix = std::span<const Value>;

// Orders rows by the values of these fields, one after the other.
class RowOrder {
 public:
  using is_transparent = void;  // NOLINT(readability-identifier-naming): std::set asks for it

  explicit RowOrder(std::vector<std::size_t> positions) : positions_(std::move(positions)) {}

  bool operator()(const Row& a, const Row& b) const;
  bool operator()(const Row& row, Prefix prefix) const;
  bool operator()(Prefix prefix, const Row& row) const;

 private:
  std::vector<std::size_t> positions_;
};

class Table {
 public:
  explicit Table(const CollectionSchema& schema);  // which must outlive it

  const CollectionSchema& schema() const { return *schema_; }

  // The row a key of the primary or of a unique index names; null when there is none.
  Row find(const Key& key) const;

  // What the query finds, in its order, whatever its limit, until the sink answers false.
  void walk(const Query& query, const std::function<bool(const Row&)>& sink) const;

  void add(const Row& row);  // its primary key and unique fields must be free
  void remove(const Row& row);

 private:
  using Rows = std::set<Row, RowOrder>;
  struct Index {
    const IndexSchema* schema;
    Rows rows;
  };
  struct Range {
    Rows::const_iterator first;
    Rows::const_iterator last;
  };

  const Index& index(std::string_view name) const;
  static Range range_of(const Index& index, const Query& query);

  const CollectionSchema* schema_;
  std::vector<Index> indexes_;  // the primary one first
};

}  // namespace wattback::store::memory

#include "store/memory/table.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace wattback::store::memory {

bool RowOrder::operator()(const Row& a, const Row& b) const {
  for (const auto position : positions_) {
    const auto& left = a->values[position];
    const auto& right = b->values[position];
    if (left < right) {
      return true;
    }
    if (right < left) {
      return false;
    }
  }
  return false;
}

bool RowOrder::operator()(const Row& row, Prefix prefix) const {
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    const auto& value = row->values[positions_[i]];
    if (value < prefix[i]) {
      return true;
    }
    if (prefix[i] < value) {
      return false;
    }
  }
  return false;
}

bool RowOrder::operator()(Prefix prefix, const Row& row) const {
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    const auto& value = row->values[positions_[i]];
    if (prefix[i] < value) {
      return true;
    }
    if (value < prefix[i]) {
      return false;
    }
  }
  return false;
}

Table::Table(const CollectionSchema& schema) : schema_(&schema) {
  indexes_.reserve(schema.indexes.size() + 1);
  indexes_.push_back({.schema = &schema.primary, .rows = Rows(RowOrder(schema.primary.order))});
  for (const auto& index : schema.indexes) {
    indexes_.push_back({.schema = &index, .rows = Rows(RowOrder(index.order))});
  }
}

const Table::Index& Table::index(std::string_view name) const {
  const auto found = std::ranges::find(
      indexes_, name, [](const Index& index) -> std::string_view { return index.schema->name; });
  check(found != indexes_.end());
  return *found;
}

Row Table::find(const Key& key) const {
  const auto& index = this->index(key.index);
  check(index.schema->unique);
  check(key.values.size() == index.schema->fields.size());
  if (std::ranges::any_of(key.values, is_absent)) {
    return nullptr;  // a unique index does not hold documents without one of its fields
  }
  const auto found = index.rows.find(Prefix(key.values));
  return found == index.rows.end() ? nullptr : *found;
}

Table::Range Table::range_of(const Index& index, const Query& query) {
  const auto& rows = index.rows;
  const auto bounded = query.equals.size() + (query.from || query.to ? 1 : 0);
  check(bounded <= index.schema->order.size());
  check(query.after.empty() || query.after.size() == index.schema->order.size());

  auto edge = query.equals;
  Range range{.first = rows.lower_bound(Prefix(edge)), .last = rows.upper_bound(Prefix(edge))};
  edge.emplace_back();
  if (query.from) {
    edge.back() = query.from->value;
    range.first = query.from->inclusive ? rows.lower_bound(Prefix(edge))  //
                                        : rows.upper_bound(Prefix(edge));
  }
  if (query.to) {
    edge.back() = query.to->value;
    range.last = query.to->inclusive ? rows.upper_bound(Prefix(edge))  //
                                     : rows.lower_bound(Prefix(edge));
  }

  // Of two places in the index the one that comes first.
  const auto before = [&](Rows::const_iterator a, Rows::const_iterator b) {
    return a != rows.end() && (b == rows.end() || rows.key_comp()(*a, *b));
  };
  if (!query.after.empty() && query.order == Order::ascending) {
    const auto next = rows.upper_bound(Prefix(query.after));
    range.first = before(range.first, next) ? next : range.first;
  }
  if (!query.after.empty() && query.order == Order::descending) {
    const auto next = rows.lower_bound(Prefix(query.after));
    range.last = before(next, range.last) ? next : range.last;
  }
  if (!before(range.first, range.last)) {
    range.first = range.last;
  }
  return range;
}

void Table::walk(const Query& query, const std::function<bool(const Row&)>& sink) const {
  auto [first, last] = range_of(index(query.index), query);
  switch (query.order) {
    case Order::ascending:
      while (first != last && sink(*first)) {
        ++first;
      }
      return;
    case Order::descending:
      while (first != last && sink(*std::prev(last))) {
        --last;
      }
      return;
  }
  check(false);
}

void Table::add(const Row& row) {
  for (auto& index : indexes_) {
    check(index.rows.insert(row).second);
  }
}

void Table::remove(const Row& row) {
  for (auto& index : indexes_) {
    check(index.rows.erase(row) == 1);
  }
}

}  // namespace wattback::store::memory

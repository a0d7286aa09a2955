#include "store/mongo/paging.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"

namespace wattback::store::mongo {
namespace {

// Whether the bound lets the value in, walking away from the bound in this order.
bool admits(const Bound& bound, const Value& value, Order order) {
  if (value == bound.value) {
    return bound.inclusive;
  }
  return order == Order::ascending ? bound.value < value : value < bound.value;
}

// Where a query's cursor stands.
class Place {
 public:
  explicit Place(const Query& query) : query_(query) {}

  bool ascending() const { return query_.order == Order::ascending; }

  // The cursor is none, or before the range.
  bool is_at_start() const {
    if (query_.after.empty()) {
      return true;
    }
    if (!has_prefix()) {
      return std::ranges::lexicographical_compare(prefix(), query_.equals) == ascending();
    }
    const auto& near = ascending() ? query_.from : query_.to;
    return near && !admits(*near, cursor().front(), query_.order);
  }

  // Not at the start: nothing is behind it.
  bool is_at_end() const { return !has_prefix() || cursor().empty(); }

  // Its values of the fields after those the query fixes.
  std::span<const Value> cursor() const {
    return std::span(query_.after).subspan(query_.equals.size());
  }

 private:
  std::span<const Value> prefix() const {
    return std::span(query_.after).first(query_.equals.size());
  }
  bool has_prefix() const { return std::ranges::equal(query_.equals, prefix()); }

  const Query& query_;
};

// A key of several fields is one value, the document in `_id`, and what lies between two places is
// a range of such documents. One of the first fields alone comes before all that begin with them;
// one that goes on with the greatest key, after them.
class IdWalk {
 public:
  IdWalk(const Layout& layout, const Query& query)
      : layout_(layout), query_(query), place_(query), key_(layout.collection().primary.fields) {}

  std::vector<Find> finds() const {
    std::vector<Find> finds;
    if (!place_.is_at_start() && place_.is_at_end()) {
      return finds;
    }
    auto& find = finds.emplace_back();
    find.sort.int32("_id", place_.ascending() ? 1 : -1);
    if (query_.equals.size() == key_.size()) {
      find.filter.document("_id", id_of(query_.equals));
      return finds;
    }
    Bson range;
    add_lower(range);
    add_upper(range);
    if (!range.empty()) {
      find.filter.document("_id", range);
    }
    add_shard(find.filter);
    return finds;
  }

 private:
  enum class End : std::uint8_t { before_all, after_all };

  Bson id_of(const std::vector<Value>& values, End end = End::before_all) const {
    Bson id;
    for (std::size_t i = 0; i < values.size(); ++i) {
      layout_.add_value(id, name(i), key_[i], values[i]);
    }
    if (end == End::after_all && values.size() < key_.size()) {
      id.max_key(name(values.size()));
    }
    return id;
  }

  const std::string& name(std::size_t i) const { return layout_.collection().fields[key_[i]].name; }

  std::vector<Value> with(const Value& value) const {
    auto values = query_.equals;
    values.push_back(value);
    return values;
  }

  void add_lower(Bson& range) const {
    if (place_.ascending() && !place_.is_at_start()) {
      range.document("$gt", id_of(query_.after));
    } else if (query_.from) {
      const auto& [value, inclusive] = *query_.from;
      range.document(inclusive ? "$gte" : "$gt",
                     id_of(with(value), inclusive ? End::before_all : End::after_all));
    } else if (!query_.equals.empty()) {
      range.document("$gte", id_of(query_.equals));
    }
  }

  void add_upper(Bson& range) const {
    if (!place_.ascending() && !place_.is_at_start()) {
      range.document("$lt", id_of(query_.after));
    } else if (query_.to) {
      const auto& [value, inclusive] = *query_.to;
      range.document(inclusive ? "$lte" : "$lt",
                     id_of(with(value), inclusive ? End::after_all : End::before_all));
    } else if (!query_.equals.empty()) {
      range.document("$lte", id_of(query_.equals, End::after_all));
    }
  }

  // A range of `_id` says nothing to who looks for the shard.
  void add_shard(Bson& filter) const {
    for (std::size_t i = 0; i < query_.equals.size(); ++i) {
      if (layout_.collection().shard_by == key_[i]) {
        layout_.add_value(filter, layout_.field(key_[i]).path, key_[i], query_.equals[i]);
      }
    }
  }

  const Layout& layout_;
  const Query& query_;
  Place place_;
  const std::vector<std::size_t>& key_;
};

// A walk along the fields of an index. MongoDB compares nothing with an absent value (null) but its
// like, and knows no order of several fields as one; so what lies behind a cursor is found in
// parts: first what shares all its fields but the last, then all but the last two, and so on.
class FieldWalk {
 public:
  FieldWalk(const Layout& layout, const Query& query, const IndexSchema& index)
      : layout_(layout),
        query_(query),
        place_(query),
        order_(index.order),
        fixed_(query.equals.size()) {
    for (const auto position : layout.walk(index)) {
      sort_.push_back(path(index, position));
    }
    for (const auto position : order_) {
      paths_.push_back(path(index, position));
    }
  }

  std::vector<Find> finds() {
    if (place_.is_at_start()) {
      add_from_start();
    } else if (!place_.is_at_end()) {
      add_after_fields();
    }
    return std::move(finds_);
  }

 private:
  std::string path(const IndexSchema& index, std::size_t position) const {
    return index.name == primary_index ? "_id" : layout_.field(position).path;
  }

  bool ascending() const { return place_.ascending(); }

  // The i-th of the fields that the query does not fix.
  std::size_t position(std::size_t i) const { return order_[fixed_ + i]; }
  bool may_be_absent(std::size_t i) const {
    return layout_.collection().fields[position(i)].may_be_absent();
  }

  // Whether the range holds the absent value of its field, and whether any present one.
  bool absent_in_range() const {
    return may_be_absent(0) && (!query_.from || admits(*query_.from, {}, Order::ascending)) &&
           (!query_.to || admits(*query_.to, {}, Order::descending));
  }
  bool present_in_range() const { return !query_.to || !is_absent(query_.to->value); }

  // The equalities, and the first `count` fields after them as the cursor has them.
  Bson fixed(std::size_t count) const {
    Bson filter;
    for (std::size_t i = 0; i < fixed_; ++i) {
      layout_.add_value(filter, paths_[i], order_[i], query_.equals[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      layout_.add_value(filter, paths_[fixed_ + i], position(i), place_.cursor()[i]);
    }
    return filter;
  }

  void compare(Bson& range, std::size_t i, std::string_view operation, const Value& value) const {
    layout_.add_value(range, operation, position(i), value);
  }

  void add_lower(Bson& range) const {
    if (query_.from && !is_absent(query_.from->value)) {
      compare(range, 0, query_.from->inclusive ? "$gte" : "$gt", query_.from->value);
    }
  }

  void add_upper(Bson& range) const {
    if (query_.to) {
      compare(range, 0, query_.to->inclusive ? "$lte" : "$lt", query_.to->value);
    }
  }

  void add_from_start() {
    if (!query_.from && !query_.to) {
      add(fixed(0));
      return;
    }
    if (ascending()) {
      add_absent(0);
    }
    if (present_in_range()) {
      Bson range;
      add_lower(range);
      add_upper(range);
      add_present(fixed(0), 0, range);
    }
    if (!ascending()) {
      add_absent(0);
    }
  }

  void add_after_fields() {
    for (auto i = order_.size() - fixed_; i-- > 0;) {
      add_after_field(i);
      if (!ascending() && !is_absent(place_.cursor()[i])) {
        add_absent(i);
      }
    }
  }

  void add_absent(std::size_t i) {
    if (i == 0 ? absent_in_range() : may_be_absent(i)) {
      auto filter = fixed(i);
      filter.null(paths_[fixed_ + i]);
      add(std::move(filter));
    }
  }

  void add_after_field(std::size_t i) {
    const auto& value = place_.cursor()[i];
    if ((i == 0 && !present_in_range()) || (!ascending() && is_absent(value))) {
      return;
    }
    Bson range;
    if (!is_absent(value)) {
      compare(range, i, ascending() ? "$gt" : "$lt", value);
    }
    if (i == 0) {  // the bound the walk runs towards; the other one is behind the cursor
      if (ascending()) {
        add_upper(range);
      } else {
        add_lower(range);
      }
    }
    add_present(fixed(i), i, range);
  }

  // Every other comparison leaves absent values out.
  void add_present(Bson filter, std::size_t i, Bson& range) {
    if (range.empty()) {
      range.null("$ne");
    }
    filter.document(paths_[fixed_ + i], range);
    add(std::move(filter));
  }

  void add(Bson filter) {
    auto& find = finds_.emplace_back();
    find.filter = std::move(filter);
    for (const auto& field : sort_) {
      find.sort.int32(field, ascending() ? 1 : -1);
    }
  }

  const Layout& layout_;
  const Query& query_;
  Place place_;
  const std::vector<std::size_t>& order_;
  std::size_t fixed_;               // how many of them the query fixes
  std::vector<std::string> paths_;  // of them
  std::vector<std::string> sort_;
  std::vector<Find> finds_;
};

}  // namespace

std::vector<Find> finds_along(const Layout& layout, const Query& query) {
  const auto& index = layout.collection().index(query.index);
  check(query.equals.size() <= index.order.size());
  check(query.equals.size() < index.order.size() || (!query.from && !query.to));
  check(query.after.empty() || query.after.size() == index.order.size());
  if (query.index == primary_index && layout.has_key_in_id()) {
    return IdWalk(layout, query).finds();
  }
  return FieldWalk(layout, query, index).finds();
}

}  // namespace wattback::store::mongo

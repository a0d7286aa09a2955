#include "store/sqlite/paging.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "store/sqlite/statements.h"

namespace wattback::store::sqlite {
namespace {

// What the rows of one select have in common.
class Conditions {
 public:
  void add(const std::string& condition) { text_ += (text_.empty() ? "" : " AND ") + condition; }

  void compare(const std::string& column, std::string_view operation, const Value& value) {
    add(fmt::format("{} {} ?", column, operation));
    values_.push_back(value);
  }

  void compare(const std::vector<std::string>& columns, std::string_view operation,
               std::span<const Value> values) {
    check(columns.size() == values.size());
    std::string marks = "?";
    for (std::size_t i = 1; i < values.size(); ++i) {
      marks += ", ?";
    }
    add(fmt::format("({}) {} ({})", fmt::join(columns, ", "), operation, marks));
    std::ranges::copy(values, std::back_inserter(values_));
  }

  void equal(const std::string& column, const Value& value) {
    if (is_absent(value)) {
      add(column + " IS NULL");
    } else {
      compare(column, "=", value);
    }
  }

  const std::string& text() const { return text_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::string text_;
  std::vector<Value> values_;
};

// Whether the bound lets the value in, walking away from the bound in this order.
bool admits(const Bound& bound, const Value& value, Order order) {
  if (value == bound.value) {
    return bound.inclusive;
  }
  return order == Order::ascending ? bound.value < value : value < bound.value;
}

// A walk along the fields of the index that are not fixed by an equality. Absent values (NULL) come
// first, and SQL compares nothing with them; so where a field can be absent, its absent and its
// present values are walked by selects of their own.
class Walk {
 public:
  Walk(const CollectionSchema& collection, const Query& query)
      : collection_(collection), query_(query), index_(collection.index(query.index)) {
    check(query.equals.size() <= index_.order.size());
    check(query.after.empty() || query.after.size() == index_.order.size());
    for (std::size_t i = query.equals.size(); i < index_.order.size(); ++i) {
      const auto& field = collection.fields[index_.order[i]];
      columns_.push_back(quote(field.name));
      optional_.push_back(field.may_be_absent());
    }
    check(!columns_.empty() || (!query.from && !query.to));
  }

  std::vector<Select> selects() {
    if (is_at_start()) {
      add_from_start();
    } else if (columns_.empty() || !std::ranges::equal(query_.equals, cursor_prefix())) {
      return {};
    } else if (std::ranges::find(optional_, true) == optional_.end()) {
      add_after_row();
    } else {
      add_after_fields();
    }
    return std::move(selects_);
  }

 private:
  bool ascending() const { return query_.order == Order::ascending; }

  // Whether the cursor is none, or a place before this range.
  bool is_at_start() const {
    if (query_.after.empty()) {
      return true;
    }
    if (!std::ranges::equal(query_.equals, cursor_prefix())) {
      const bool before = std::ranges::lexicographical_compare(cursor_prefix(), query_.equals);
      return before == ascending();
    }
    const auto& near = ascending() ? query_.from : query_.to;
    return near && !admits(*near, cursor().front(), query_.order);
  }

  std::span<const Value> cursor_prefix() const {
    return std::span(query_.after).first(query_.equals.size());
  }
  std::span<const Value> cursor() const {
    return std::span(query_.after).subspan(query_.equals.size());
  }

  // Whether the range holds the absent value of its field, and whether any present one.
  bool absent_in_range() const {
    return optional_.front() && (!query_.from || admits(*query_.from, {}, Order::ascending)) &&
           (!query_.to || admits(*query_.to, {}, Order::descending));
  }
  bool present_in_range() const { return !query_.to || !is_absent(query_.to->value); }

  // The equalities, and the first `count` fields after them as the cursor has them.
  Conditions fixed(std::size_t count) const {
    Conditions conditions;
    for (std::size_t i = 0; i < query_.equals.size(); ++i) {
      conditions.equal(quote(collection_.fields[index_.order[i]].name), query_.equals[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      conditions.equal(columns_[i], cursor()[i]);
    }
    return conditions;
  }

  void add_lower(Conditions& conditions) const {
    if (query_.from && !is_absent(query_.from->value)) {
      conditions.compare(columns_.front(), query_.from->inclusive ? ">=" : ">", query_.from->value);
    }
  }

  void add_upper(Conditions& conditions) const {
    if (query_.to) {
      conditions.compare(columns_.front(), query_.to->inclusive ? "<=" : "<", query_.to->value);
    }
  }

  // The bound the walk runs towards. The other one is behind the cursor; to say it again could
  // have the planner start there.
  void add_far_bound(Conditions& conditions) const {
    if (ascending()) {
      add_upper(conditions);
    } else {
      add_lower(conditions);
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
      auto conditions = fixed(0);
      if (optional_.front()) {
        conditions.add(columns_.front() + " IS NOT NULL");
      }
      add_lower(conditions);
      add_upper(conditions);
      add(conditions);
    }
    if (!ascending()) {
      add_absent(0);
    }
  }

  void add_absent(std::size_t position) {
    if (position == 0 ? absent_in_range() : optional_[position]) {
      auto conditions = fixed(position);
      conditions.add(columns_[position] + " IS NULL");
      add(conditions);
    }
  }

  void add_after_row() {
    if (!present_in_range()) {
      return;
    }
    auto conditions = fixed(0);
    conditions.compare(columns_, ascending() ? ">" : "<", cursor());
    add_far_bound(conditions);
    add(conditions);
  }

  // Row values can't be compared where one may be absent: first what shares all fields with the
  // cursor but the last, then all but the last two, and so on.
  void add_after_fields() {
    for (std::size_t i = columns_.size(); i-- > 0;) {
      add_after_field(i);
      if (!ascending() && !is_absent(cursor()[i])) {
        add_absent(i);
      }
    }
  }

  void add_after_field(std::size_t position) {
    const auto& value = cursor()[position];
    if ((position == 0 && !present_in_range()) || (!ascending() && is_absent(value))) {
      return;
    }
    auto conditions = fixed(position);
    if (is_absent(value)) {
      conditions.add(columns_[position] + " IS NOT NULL");
    } else {
      conditions.compare(columns_[position], ascending() ? ">" : "<", value);
    }
    if (position == 0) {
      add_far_bound(conditions);
    }
    add(conditions);
  }

  void add(const Conditions& conditions) {
    auto text = select_all(collection_);
    if (!conditions.text().empty()) {
      text += " WHERE " + conditions.text();
    }
    std::string_view separator = " ORDER BY ";
    for (const auto& column : columns_) {
      text +=
          fmt::format("{}{}{}", std::exchange(separator, ", "), column, ascending() ? "" : " DESC");
    }
    selects_.push_back({.text = std::move(text), .values = conditions.values()});
  }

  const CollectionSchema& collection_;
  const Query& query_;
  const IndexSchema& index_;
  std::vector<std::string> columns_;  // of the index, after those the query fixes
  std::vector<bool> optional_;
  std::vector<Select> selects_;
};

}  // namespace

std::vector<Select> select_along(const CollectionSchema& collection, const Query& query) {
  return Walk(collection, query).selects();
}

}  // namespace wattback::store::sqlite

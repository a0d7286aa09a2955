// A read of several documents: always along one declared index.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "store/document.h"

namespace wattback::store {

enum class Order : std::uint8_t { ascending, descending };

struct Bound {
  Value value;
  bool inclusive = true;
};

// Where a page ended: the last document's values of the index's `order`. Empty: at the start.
using Cursor = std::vector<Value>;

struct Query {
  Collection collection;
  std::string_view index = primary_index;
  std::vector<Value> equals;                 // of the index's first fields
  std::optional<Bound> from = std::nullopt;  // of the field after those
  std::optional<Bound> to = std::nullopt;
  Order order = Order::ascending;
  std::size_t limit = 0;  // of find: at least 1, at most page_documents_max
  Cursor after;
};

inline constexpr std::size_t page_documents_max = 1000;

struct Page {
  std::vector<Document> documents;
  Cursor next;  // give it as the next query's `after`; empty when there is no more
};

}  // namespace wattback::store

// Lists, page by page.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "cli/forms.h"
#include "cli/verbs.h"
#include "forms/cursor.h"
#include "store/read.h"

namespace wattback::cli {

using forms::CursorShape;
using forms::shape_of;

inline constexpr std::size_t default_limit = 50;
inline constexpr std::size_t limit_max = 1000;

struct PageOptions {
  std::size_t limit = default_limit;
  std::optional<std::string> cursor;
};

void declare_page(CLI::App& verb, PageOptions& options);

// Where the page begins. `invalid` for a cursor of another list or other filters.
Result<store::Cursor> parse_cursor(const Invocation& invocation, const PageOptions& options,
                                   const CursorShape& shape);

// {"data": [...], "has_more": ..., "next_cursor": ...}, the last null where there is no more.
Answer page_of(const Invocation& invocation, json::array data, const store::Cursor& next,
               const CursorShape& shape);

// A page of a list as its answer: `read` takes the most there may be and where to begin, `form`
// gives an item's.
template <class Read, class Form>
Result<Answer> list_page(const Invocation& invocation, const PageOptions& options,
                         const CursorShape& shape, Read read, Form form) {
  auto after = parse_cursor(invocation, options, shape);
  if (!after) {
    return std::unexpected(std::move(after.error()));
  }
  const auto listing = read(options.limit, *std::move(after));
  json::array data;
  data.reserve(listing.items.size());
  for (const auto& item : listing.items) {
    data.push_back(form(item));
  }
  return page_of(invocation, std::move(data), listing.next, shape);
}

template <class Read>
Result<Answer> list_page(const Invocation& invocation, const PageOptions& options,
                         const CursorShape& shape, Read read) {
  return list_page(invocation, options, shape, std::move(read),
                   [](const auto& item) { return form_of(item); });
}

}  // namespace wattback::cli

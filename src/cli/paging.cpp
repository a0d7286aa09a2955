#include "cli/paging.h"

#include "cli/values.h"

namespace wattback::cli {

void declare_page(CLI::App& verb, PageOptions& options) {
  verb.add_option("--limit", options.limit, "How many at most")
      ->check(within(1, limit_max))
      ->capture_default_str();
  verb.add_option("--cursor", options.cursor, "Go on where a page ended, as it said");
}

Result<store::Cursor> parse_cursor(const Invocation& invocation, const PageOptions& options,
                                   const CursorShape& shape) {
  if (!options.cursor) {
    return store::Cursor();
  }
  auto cursor = forms::parse_cursor(*options.cursor, shape, invocation.asked);
  if (!cursor) {
    return fail_field("--cursor", "is not one of this list and its filters");
  }
  return *std::move(cursor);
}

Answer page_of(const Invocation& invocation, json::array data, const store::Cursor& next,
               const CursorShape& shape) {
  const bool has_more = !next.empty();
  return {.data = json::object{
              {"data", std::move(data)},
              {"has_more", has_more},
              {"next_cursor", has_more ? json::value(forms::to_text(next, shape, invocation.asked))
                                       : json::value(nullptr)}}};
}

}  // namespace wattback::cli

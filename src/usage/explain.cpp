#include "usage/explain.h"

#include <fmt/format.h>

#include "base/check.h"
#include "earning/reads.h"
#include "usage/reads.h"

namespace wattback::usage {
namespace {

Result<DayExplanation> read_day(store::Store& store, const UserId& user, Day day) {
  auto daily = find_day(store, user, day);
  if (!daily) {
    return fail(ErrorCode::not_found, fmt::format("nothing is recorded for {}", to_text(day)));
  }
  auto rules = earning::find(store, daily->rules_version);
  check(rules.has_value());
  return DayExplanation{.daily = *daily,
                        .rules = std::move(*rules),
                        .readings = list_of_day(store, user, day),
                        .entries = {}};
}

}  // namespace

// A reading that is taken in meanwhile changes the day; then all of it is read again.
Result<DayExplanation> explain_day(store::Store& store, const UserId& user, Day day) {
  for (;;) {
    auto explanation = read_day(store, user, day);
    if (!explanation) {
      return explanation;
    }
    explanation->entries = points::list_awards(store, user, day);
    if (find_day(store, user, day)->version == explanation->daily.version) {
      return explanation;
    }
  }
}

Result<EntryExplanation> explain_entry(store::Store& store, const UserId& user, std::int64_t seq) {
  const auto entry = points::find_entry(store, user, seq);
  if (!entry) {
    return fail(ErrorCode::not_found, fmt::format("the member's ledger has no entry {}", seq));
  }
  const auto before = points::find_entry(store, user, seq - 1);
  EntryExplanation explanation{
      .entry = *entry, .carry_before = before ? before->carry : Nanopoints{0}, .day = std::nullopt};
  if (entry->day) {
    auto day = read_day(store, user, *entry->day);
    if (!day) {
      return std::unexpected(day.error());
    }
    explanation.day = std::move(*day);
  }
  return explanation;
}

}  // namespace wattback::usage

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "store/read.h"
#include "usage/reading.h"

namespace wattback::usage {

// Readings of a member by their start: from, and before, these instants where given.
struct ReadingFilter {
  std::optional<Instant> from;
  std::optional<Instant> before;
  std::optional<EnergyType> type;
};

store::Listing<Reading> list(store::Store& store, const UserId& user, const ReadingFilter& filter,
                             std::size_t limit, store::Cursor after);
std::optional<Reading> find(store::Store& store, const UserId& user, const UsageId& id);

// Readings of a member that start on this local day, each day taken in its meter's zone.
std::vector<Reading> list_of_day(store::Store& store, const UserId& user, Day day);

// A member's days, oldest first; both ends included where given.
struct DayRange {
  std::optional<Day> first;
  std::optional<Day> last;
};
store::Listing<UsageDaily> list_days(store::Store& store, const UserId& user, const DayRange& range,
                                     std::size_t limit, store::Cursor after);
std::optional<UsageDaily> find_day(store::Store& store, const UserId& user, Day day);

// A member's calendar months, oldest first. A month that the range cuts holds its days within; a
// page never cuts one.
struct UsageMonthly {
  std::chrono::year_month month{};
  Energy renewable;
  Energy non_renewable;
  std::int64_t readings = 0;
  Points points_earned;
};
// The cursor is the first day of the next month.
store::Listing<UsageMonthly> list_months(store::Store& store, const UserId& user, DayRange range,
                                         std::size_t limit, const store::Cursor& after);

// One local day of the whole programme.
struct ReportDay {
  Day day;
  Energy renewable;
  Energy non_renewable;
  std::int64_t readings = 0;
  std::int64_t members = 0;
  Points points_earned;
};

// The days of the range in order, each handed to the sink once it is complete; days without
// readings are left out. Memory grows with the members of three days, not with the range.
void report(store::Store& store, Day first, Day last,
            const std::function<void(const ReportDay&)>& sink);

}  // namespace wattback::usage

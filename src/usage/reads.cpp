#include "usage/reads.h"

#include <algorithm>
#include <map>
#include <set>

namespace wattback::usage {
namespace {

using std::chrono::days;
using std::chrono::hours;

// No zone is further from UTC than this, so a local day lies within it of the UTC day of its date.
constexpr hours zone_offset_max{15};

Instant utc_start_of(Day day) { return Instant(day.time_since_epoch()); }

store::Query member_query(const UserId& user, const ReadingFilter& filter) {
  store::Query query{.collection = collection, .index = index_user, .equals = {user.uuid}};
  if (filter.from) {
    query.from = store::Bound{.value = *filter.from};
  }
  if (filter.before) {
    query.to = store::Bound{.value = *filter.before, .inclusive = false};
  }
  return query;
}

// Readings near a span of local days, to be picked by their own day.
ReadingFilter around(Day first, Day last) {
  return {.from = utc_start_of(first) - zone_offset_max,
          .before = utc_start_of(last + days(1)) + zone_offset_max,
          .type = std::nullopt};
}

store::Query days_query(const UserId& user, const DayRange& range) {
  store::Query query{.collection = daily_collection, .equals = {user.uuid}};
  if (range.first) {
    query.from = store::Bound{.value = *range.first};
  }
  if (range.last) {
    query.to = store::Bound{.value = *range.last};
  }
  return query;
}

std::chrono::year_month month_of(Day day) {
  const std::chrono::year_month_day date(day);
  return date.year() / date.month();
}

void add(UsageMonthly& month, const UsageDaily& daily) {
  month.renewable += daily.renewable;
  month.non_renewable += daily.non_renewable;
  month.readings += daily.readings;
  month.points_earned += daily.points_earned;
}

struct OpenDay {
  ReportDay report;
  std::set<UserId> members;
};

void add(OpenDay& open, const Reading& reading) {
  auto& report = open.report;
  report.day = reading.day;
  (reading.energy_type == EnergyType::renewable ? report.renewable : report.non_renewable) +=
      reading.energy_consumed;
  ++report.readings;
  report.points_earned += reading.points_earned;
  open.members.insert(reading.user_id);
}

}  // namespace

store::Listing<Reading> list(store::Store& store, const UserId& user, const ReadingFilter& filter,
                             std::size_t limit, store::Cursor after) {
  auto query = member_query(user, filter);
  query.limit = limit;
  query.after = std::move(after);
  return store::list_filtered<Reading>(store, codec(), std::move(query),
                                       [&filter](const Reading& reading) {
                                         return !filter.type || reading.energy_type == *filter.type;
                                       });
}

std::optional<Reading> find(store::Store& store, const UserId& user, const UsageId& id) {
  auto reading = store::fetch(store, codec(), key(user, id));
  return reading && reading->user_id == user ? reading : std::nullopt;
}

std::vector<Reading> list_of_day(store::Store& store, const UserId& user, Day day) {
  std::vector<Reading> readings;
  store::for_each<Reading>(store, codec(), member_query(user, around(day, day)),
                           [&](const Reading& reading) {
                             if (reading.day == day) {
                               readings.push_back(reading);
                             }
                           });
  return readings;
}

store::Listing<UsageDaily> list_days(store::Store& store, const UserId& user, const DayRange& range,
                                     std::size_t limit, store::Cursor after) {
  auto query = days_query(user, range);
  query.limit = limit;
  query.after = std::move(after);
  return store::list(store, daily_codec(), query);
}

std::optional<UsageDaily> find_day(store::Store& store, const UserId& user, Day day) {
  return store::fetch(store, daily_codec(), daily_key(user, day));
}

store::Listing<UsageMonthly> list_months(store::Store& store, const UserId& user, DayRange range,
                                         std::size_t limit, const store::Cursor& after) {
  if (const auto* first = after.empty() ? nullptr : std::get_if<Day>(&after.front())) {
    range.first = std::max(range.first.value_or(*first), *first);
  }
  auto query = days_query(user, range);
  query.limit = store::page_documents_max;
  store::Listing<UsageMonthly> months;
  do {
    auto page = store::list(store, daily_codec(), query);
    for (const auto& daily : page.items) {
      const auto month = month_of(daily.day);
      if (months.items.empty() || months.items.back().month != month) {
        if (months.items.size() == limit) {
          months.next = {Day(month / 1)};
          return months;
        }
        months.items.push_back({.month = month});
      }
      add(months.items.back(), daily);
    }
    query.after = std::move(page.next);
  } while (!query.after.empty());
  return months;
}

void report(store::Store& store, Day first, Day last,
            const std::function<void(const ReportDay&)>& sink) {
  std::map<Day, OpenDay> open;
  const auto close_before = [&](Instant date) {
    while (!open.empty() && utc_start_of(open.begin()->first + days(1)) + zone_offset_max < date) {
      auto& [day, closed] = *open.begin();
      closed.report.members = static_cast<std::int64_t>(closed.members.size());
      sink(closed.report);
      open.erase(open.begin());
    }
  };
  const auto range = around(first, last);
  const auto snapshot = store.snapshot();
  snapshot->scan({.collection = collection,
                  .index = index_date,
                  .from = store::Bound{.value = *range.from},
                  .to = store::Bound{.value = *range.before, .inclusive = false}},
                 [&](const store::Document& document) {
                   const auto reading = codec().decode(document);
                   close_before(reading.date);
                   if (reading.day >= first && reading.day <= last) {
                     add(open[reading.day], reading);
                   }
                   return true;
                 });
  close_before(Instant::max());
}

}  // namespace wattback::usage

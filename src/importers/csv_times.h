// When a row of CSV begins and how long it lasts, where the file leaves that open: local times that
// a change of the clock repeats, and intervals nobody states. Rows of one user, meter and energy
// type are one series, named by any text that tells series apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include "importers/fields.h"

namespace wattback::importers {

// As written: with an offset, a local time, or a local day.
using WrittenTime = std::variant<Instant, LocalTime, Day>;

// `code` where it is none of these.
Checked<WrittenTime> read_written_time(RejectionCode code, std::string_view text);

// Which way the rows of a file run.
enum class RowOrder : std::uint8_t { ascending, descending };

// Turns written starts and ends into instants.
class TimeResolver {
 public:
  TimeResolver(std::optional<TimeZone> zone, RowOrder order) : zone_(zone), order_(order) {}

  // An ambiguous local time is the earlier of its two instants the first time a series has it, the
  // later from then on; in a file that runs backwards the other way round.
  Checked<Instant> start(std::string_view series, const WrittenTime& written);

  // How long a row lasts whose end is written. Where the start was an ambiguous local time and the
  // end is a later one, their difference on the clock: 01:30 to 02:00 is half an hour, both times.
  Checked<Seconds> until(const WrittenTime& end, const WrittenTime& written_start,
                         Instant start) const;

  // How long the local day lasts that begins at `start`; nothing where no local day does.
  std::optional<Seconds> day_from(Instant start) const;

  // csv_ambiguous_times_max is exceeded: what start() gave is not to be used.
  bool exceeded() const { return exceeded_; }

 private:
  Checked<Instant> resolve_ambiguous(std::string_view series, LocalTime local,
                                     const TimeZone::Instants& instants);

  std::optional<TimeZone> zone_;
  RowOrder order_;
  std::unordered_set<std::string> seen_;
  bool exceeded_ = false;
};

// Finds the interval of each series from its first csv_inference_rows_max starts.
class IntervalFinder {
 public:
  // False where there are more than csv_series_max series.
  bool add(std::string_view series, Instant start, const TimeResolver& times);

  // The smallest gap between two consecutive starts, if it can be an interval: up to an hour, or a
  // day (what lies between is as well a gap in the readings). The local day where all of them were
  // local midnights no further apart than that.
  Checked<Seconds> interval(std::string_view series, Instant start,
                            const TimeResolver& times) const;

 private:
  struct Series {
    Instant last;
    std::int64_t rows = 0;
    Seconds smallest_gap{0};  // 0: none yet
    bool all_midnights = true;
  };
  std::unordered_map<std::string, Series> series_;
};

}  // namespace wattback::importers

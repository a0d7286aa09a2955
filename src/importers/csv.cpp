#include "importers/csv.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "base/sha256.h"
#include "importers/csv_header.h"
#include "importers/csv_record.h"
#include "importers/csv_times.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

struct Layout {
  char delimiter = ',';
  CsvHeader header;
};

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// One row below the header, its fields by column; empty where the file or the row has none.
struct Row {
  std::int64_t record = 0;
  const CsvHeader& header;
  const CsvRecord& csv;

  std::string_view text(Column column) const {
    const auto position = header.position(column);
    return position ? trim(csv.fields[*position]) : std::string_view{};
  }

  // A long one by its digest, since as many are kept as a file has meters.
  std::string series() const {
    constexpr std::size_t bytes_max = 256;
    std::string name;
    for (const auto column : {Column::user_id, Column::user, Column::meter,
                              Column::meter_identifier, Column::energy_type}) {
      name += text(column);
      name += '\n';
    }
    return name.size() <= bytes_max ? name : to_hex(sha256(name));
  }

  std::optional<Fault> fault() const {
    if (csv.fault || csv.fields.size() == header.width) {
      return csv.fault;
    }
    return Fault{
        RejectionCode::wrong_field_count,
        fmt::format("has {} fields where the header has {}", csv.fields.size(), header.width)};
  }
};

// The delimiter is the one that makes most sense of the header.
Result<Layout> read_layout(Input& input, EnergyUnit unit) {
  Layout layout;
  std::optional<CsvRecord> best;
  std::size_t best_known = 0;
  for (const char delimiter : {',', ';', '\t'}) {
    input.rewind();
    auto record = CsvReader(input, delimiter).next();
    if (!record) {
      return std::unexpected(record.error());
    }
    if (!*record) {
      return input.fault(1, "the file is empty");
    }
    const auto known = known_columns((*record)->fields);
    if (!best || known > best_known) {
      layout.delimiter = delimiter;
      best = *std::move(*record);
      best_known = known;
    }
  }
  if (best->fault) {
    return input.fault(best->line, "the header " + best->fault->reason);
  }
  auto header = read_header(best->fields, unit);
  if (!header) {
    return input.fault(best->line, header.error());
  }
  layout.header = *header;
  return layout;
}

// Calls `visit` for each row, from the first, until it says stop.
Result<void> for_each_row(Input& input, const Layout& layout,
                          const std::function<Result<Flow>(const Row&)>& visit) {
  input.rewind();
  CsvReader reader(input, layout.delimiter);
  for (std::int64_t number = 0;; ++number) {  // the header is record 0
    const auto record = reader.next();
    if (!record) {
      return std::unexpected(record.error());
    }
    if (!*record) {
      return {};
    }
    if (number == 0) {
      continue;
    }
    const auto flow = visit(Row{.record = number, .header = layout.header, .csv = **record});
    if (!flow) {
      return std::unexpected(flow.error());
    }
    if (*flow == Flow::stop) {
      return {};
    }
  }
}

// Counts which way the local times of a series run from one row to the next.
class OrderCounter {
 public:
  void add(const std::string& series, const WrittenTime& written) {
    const auto* local = std::get_if<LocalTime>(&written);
    if (local == nullptr) {
      return;
    }
    if (series == last_series_) {
      up_ += *local > last_ ? 1 : 0;
      down_ += *local < last_ ? 1 : 0;
    }
    last_series_ = series;
    last_ = *local;
  }

  RowOrder order() const { return down_ > up_ ? RowOrder::descending : RowOrder::ascending; }

 private:
  std::string last_series_;
  LocalTime last_;
  std::int64_t up_ = 0;
  std::int64_t down_ = 0;
};

struct Survey {
  RowOrder order = RowOrder::ascending;
  IntervalFinder intervals;
};

bool needs_interval(const Row& row, const WrittenTime& start, const ParseOptions& options) {
  return row.text(Column::end).empty() && row.text(Column::duration).empty() &&
         !std::holds_alternative<Day>(start) && !options.interval;
}

std::unexpected<Error> too_ambiguous(const Input& input, const Row& row) {
  return input.fault(row.csv.line,
                     fmt::format("more than {} local times that a change of the clock repeats; "
                                 "write times with their offset from UTC",
                                 csv_ambiguous_times_max),
                     ErrorCode::limit_exceeded);
}

// The first reading of the file: what its rows tell together.
Result<Survey> survey(Input& input, const Layout& layout, const ParseOptions& options) {
  Survey result;
  OrderCounter order;
  TimeResolver times(options.zone, RowOrder::ascending);
  const auto visit = [&](const Row& row) -> Result<Flow> {
    if (row.fault()) {
      return Flow::more;
    }
    const auto written = read_written_time(RejectionCode::bad_time, row.text(Column::start));
    if (!written) {
      return Flow::more;
    }
    const auto series = row.series();
    order.add(series, *written);
    const auto start = times.start(series, *written);
    if (times.exceeded()) {
      return too_ambiguous(input, row);
    }
    if (!start || !needs_interval(row, *written, options)) {
      return Flow::more;
    }
    if (!result.intervals.add(series, *start, times)) {
      return input.fault(row.csv.line,
                         fmt::format("more than {} meters whose interval is not stated; "
                                     "add a column 'end' or 'duration'",
                                     csv_series_max),
                         ErrorCode::limit_exceeded);
    }
    return Flow::more;
  };
  if (const auto done = for_each_row(input, layout, visit); !done) {
    return std::unexpected(done.error());
  }
  result.order = order.order();
  return result;
}

// The second: each row by itself.
class RowParser {
 public:
  RowParser(const ParseOptions& options, const Survey& survey)
      : options_(options), survey_(survey), times_(options.zone, survey.order) {}

  Checked<Reading> parse(const Row& row) {
    if (auto fault = row.fault()) {
      return std::unexpected(*std::move(fault));
    }
    Reading reading{.record = row.record, .line = row.csv.line};
    // The times come first: a row rejected for another reason still counts in the file's order.
    if (const auto read = read_times(row, reading); !read) {
      return std::unexpected(read.error());
    }
    if (const auto read = read_values(row, reading); !read) {
      return std::unexpected(read.error());
    }
    return reading;
  }

 private:
  Checked<void> read_times(const Row& row, Reading& reading) {
    const auto text = row.text(Column::start);
    if (text.empty()) {
      return reject(RejectionCode::missing_field, "has no start");
    }
    const auto written = read_written_time(RejectionCode::bad_time, text);
    if (!written) {
      return std::unexpected(written.error());
    }
    const auto series = row.series();
    const auto start = times_.start(series, *written);
    if (!start) {
      return std::unexpected(start.error());
    }
    reading.start = *start;
    const auto duration = read_length(row, series, *written, *start);
    if (!duration) {
      return std::unexpected(duration.error());
    }
    reading.duration = *duration;
    return {};
  }

  Checked<Seconds> read_length(const Row& row, const std::string& series,
                               const WrittenTime& written, Instant start) const {
    const auto end_text = row.text(Column::end);
    const auto duration_text = row.text(Column::duration);
    if (end_text.empty() && duration_text.empty()) {
      if (std::holds_alternative<Day>(written)) {
        return *times_.day_from(start);
      }
      return options_.interval ? *options_.interval
                               : survey_.intervals.interval(series, start, times_);
    }
    if (end_text.empty()) {
      return read_duration(duration_text);
    }
    const auto end = read_written_time(RejectionCode::bad_interval, end_text);
    if (!end) {
      return std::unexpected(end.error());
    }
    const auto until = times_.until(*end, written, start);
    if (!until || duration_text.empty()) {
      return until;
    }
    const auto duration = read_duration(duration_text);
    if (duration && *duration != *until) {
      return reject(RejectionCode::bad_interval,
                    fmt::format("has a duration of {} seconds, but ends after {}",
                                duration->count(), until->count()));
    }
    return duration;
  }

  static Checked<void> read_values(const Row& row, Reading& reading) {
    const auto energy_text = row.text(Column::energy);
    if (energy_text.empty()) {
      return reject(RejectionCode::missing_field, "has no energy");
    }
    const auto energy = read_energy(energy_text, row.header.energy_exponent);
    if (!energy) {
      return std::unexpected(energy.error());
    }
    reading.energy = *energy;

    std::optional<Fault> fault;
    const auto read = [&](Column column, auto& into, const auto& read_text) {
      if (const auto text = row.text(column); !text.empty() && !fault) {
        auto value = read_text(text);
        if (value) {
          into = *std::move(value);
        } else {
          fault = std::move(value.error());
        }
      }
    };
    read(Column::user_id, reading.user_id, read_user_id);
    read(Column::user, reading.user, read_email);
    read(Column::meter, reading.meter, read_meter_label);
    read(Column::meter_identifier, reading.meter_identifier, read_meter_identifier);
    read(Column::energy_type, reading.energy_type, read_energy_type);
    read(Column::quality, reading.quality, read_quality);
    read(Column::as_of, reading.as_of,
         [](std::string_view text) { return read_instant(RejectionCode::bad_as_of, text); });
    if (fault) {
      return std::unexpected(*std::move(fault));
    }
    return {};
  }

  const ParseOptions& options_;
  const Survey& survey_;
  TimeResolver times_;
};

}  // namespace

Result<void> parse_csv(Input& input, const ParseOptions& options, const RecordSink& sink) {
  const auto layout = read_layout(input, options.unit);
  if (!layout) {
    return std::unexpected(layout.error());
  }
  const auto surveyed = survey(input, *layout, options);
  if (!surveyed) {
    return std::unexpected(surveyed.error());
  }
  RowParser parser(options, *surveyed);
  return for_each_row(input, *layout, [&](const Row& row) -> Result<Flow> {
    auto reading = parser.parse(row);
    if (reading) {
      return sink(*std::move(reading));
    }
    auto& fault = reading.error();
    return sink(Rejection{.record = row.record,
                          .line = row.csv.line,
                          .code = fault.code,
                          .reason = std::move(fault.reason)});
  });
}

}  // namespace wattback::importers

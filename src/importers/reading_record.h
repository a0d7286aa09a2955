// What the parsers of meter data give, whatever the format: the records of a file in its order,
// each a reading or the reason it is none. A fault of the whole file is an Error that names the
// file and the line. Whether a reading is plausible (negative, in the future, overlapping) is not
// decided here but where readings are recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "base/energy.h"
#include "base/ids.h"
#include "base/time.h"

namespace wattback::importers {

struct Reading {
  std::int64_t record = 0;           // counts the records of the file from 1, rejected ones too
  std::int64_t line = 0;             // where it begins, from 1
  std::optional<UserId> user_id;     // at most one of these two
  std::optional<std::string> user;   // an e-mail address, as written
  std::optional<std::string> meter;  // its label
  std::optional<std::string> meter_identifier;
  Instant start;        // a whole second
  Seconds duration{0};  // at least 1
  Energy energy;
  std::optional<EnergyType> energy_type;
  std::optional<std::int64_t> quality;  // ESPI QualityOfReading, 0 to quality_max
  std::optional<Instant> as_of;         // when its source made it

  bool operator==(const Reading&) const = default;
};

enum class RejectionCode : std::uint8_t {
  not_utf8,
  too_long,           // a line, field, text or interval beyond its limit
  bad_quoting,        // CSV: a quote where none belongs, or one never closed
  wrong_field_count,  // CSV: not as many as the header has
  not_json,
  unknown_field,
  duplicate_field,
  wrong_type,
  missing_field,
  bad_user,
  bad_meter,
  bad_time,
  nonexistent_time,  // skipped by a change of the clock
  no_time_zone,      // a local time or day, and no zone given
  bad_interval,
  no_interval,  // nothing says how long it lasts
  bad_energy,
  bad_energy_type,
  bad_quality,
  bad_as_of,
  no_reading_type,  // Green Button: no link leads to what the value means
  not_watt_hours,   // uom other than 72
  not_electricity,  // gas, water, ...
  not_forward,      // energy given back, or net
  not_delta,        // register values and other accumulations
  bad_multiplier,
};

struct Rejection {
  std::int64_t record = 0;
  std::int64_t line = 0;
  std::optional<Instant> start;  // of Green Button, where many readings may share a line
  RejectionCode code = RejectionCode::bad_time;
  std::string reason;  // a sentence without its subject: "has 3 fields where the header has 4"

  bool operator==(const Rejection&) const = default;
};

using Record = std::variant<Reading, Rejection>;

enum class Flow : std::uint8_t { more, stop };

// Receives the records in file order. A parser that is told to stop ends without an error.
using RecordSink = std::function<Flow(Record&&)>;

enum class EnergyUnit : std::uint8_t { watt_hours, kilowatt_hours, megawatt_hours };

struct ParseOptions {
  std::optional<TimeZone> zone;  // of local times and days; without one they are rejected
  EnergyUnit unit = EnergyUnit::kilowatt_hours;  // CSV, of a column that does not name its own
  std::optional<Seconds> interval;  // CSV, of a row that says neither its end nor its duration
};

}  // namespace wattback::importers

namespace wattback {

template <>
struct EnumNames<importers::RejectionCode> {
  using enum importers::RejectionCode;
  static constexpr std::array rows{
      std::pair{not_utf8, "not_utf8"},
      std::pair{too_long, "too_long"},
      std::pair{bad_quoting, "bad_quoting"},
      std::pair{wrong_field_count, "wrong_field_count"},
      std::pair{not_json, "not_json"},
      std::pair{unknown_field, "unknown_field"},
      std::pair{duplicate_field, "duplicate_field"},
      std::pair{wrong_type, "wrong_type"},
      std::pair{missing_field, "missing_field"},
      std::pair{bad_user, "bad_user"},
      std::pair{bad_meter, "bad_meter"},
      std::pair{bad_time, "bad_time"},
      std::pair{nonexistent_time, "nonexistent_time"},
      std::pair{no_time_zone, "no_time_zone"},
      std::pair{bad_interval, "bad_interval"},
      std::pair{no_interval, "no_interval"},
      std::pair{bad_energy, "bad_energy"},
      std::pair{bad_energy_type, "bad_energy_type"},
      std::pair{bad_quality, "bad_quality"},
      std::pair{bad_as_of, "bad_as_of"},
      std::pair{no_reading_type, "no_reading_type"},
      std::pair{not_watt_hours, "not_watt_hours"},
      std::pair{not_electricity, "not_electricity"},
      std::pair{not_forward, "not_forward"},
      std::pair{not_delta, "not_delta"},
      std::pair{bad_multiplier, "bad_multiplier"},
  };
};

template <>
struct EnumNames<importers::EnergyUnit> {
  using enum importers::EnergyUnit;
  static constexpr std::array rows{std::pair{watt_hours, "wh"}, std::pair{kilowatt_hours, "kwh"},
                                   std::pair{megawatt_hours, "mwh"}};
};

}  // namespace wattback

// What the columns of a CSV file are, by their names in its header.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "importers/reading_record.h"

namespace wattback::importers {

enum class Column : std::uint8_t {
  start,
  end,
  duration,
  energy,
  energy_type,
  user_id,
  user,
  meter,
  meter_identifier,
  quality,
  as_of,
};
inline constexpr std::size_t column_count = 11;

struct CsvHeader {
  std::size_t width = 0;  // how many columns, those nobody knows too
  std::array<std::optional<std::size_t>, column_count> positions;
  int energy_exponent = 0;  // the energy column counts units of 10^this Wh

  std::optional<std::size_t> position(Column column) const {
    return positions[static_cast<std::size_t>(column)];
  }
};

// How many of these names are known.
std::size_t known_columns(std::span<const std::string> names);

// Names are compared without case; what is neither letter nor digit separates words. Columns nobody
// knows are passed over. An energy column that names its unit ("wh", "kwh", "usage (kWh)") is in
// it, another in `unit`. The error is a sentence: no start, no energy, two columns for one thing.
std::expected<CsvHeader, std::string> read_header(std::span<const std::string> names,
                                                  EnergyUnit unit);

}  // namespace wattback::importers

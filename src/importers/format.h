// The formats of meter data, told apart by their first bytes.
#pragma once

#include <cstdint>

#include "base/enum_names.h"
#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

enum class Format : std::uint8_t { green_button, csv, ndjson };

// "<" begins Green Button (also in UTF-16), "{" NDJSON; anything else is CSV. Rewinds.
Result<Format> detect_format(Input& input);

// Gives the readings of the whole input, in one of the formats.
Result<void> parse_readings(Format format, Input& input, const ParseOptions& options,
                            const RecordSink& sink);

}  // namespace wattback::importers

namespace wattback {

template <>
struct EnumNames<importers::Format> {
  using enum importers::Format;
  static constexpr std::array rows{std::pair{green_button, "green-button"}, std::pair{csv, "csv"},
                                   std::pair{ndjson, "ndjson"}};
};

}  // namespace wattback

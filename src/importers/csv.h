// Readings as CSV (RFC 4180; UTF-8; comma, semicolon or tab), one a row below a header
// (csv_header.h says which names it knows). Only the start and the energy are required.
//
// A time has an offset from UTC or is local in ParseOptions::zone; a date alone is that local day,
// from its midnight to the next. A row lasts until its end, for its duration (in seconds), for
// ParseOptions::interval, or as the other rows of its user, meter and energy type tell
// (csv_times.h). The file is read twice, so these hold from its first row.
#pragma once

#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

// An Error only for the whole file: unreadable, no header it knows, beyond a limit of csv_times.h.
// It is found before the sink is called.
Result<void> parse_csv(Input& input, const ParseOptions& options, const RecordSink& sink);

}  // namespace wattback::importers

// Readings as JSON lines (application/x-ndjson), one object a line:
//   {"user": "ada@example.org", "meter": "roof", "start": "2026-11-24T10:00:00Z", "duration": 3600,
//    "energy_consumed": 1.25, "energy_type": "Renewable", "quality": 0,
//    "as_of": "2026-11-25T00:00:00Z"}
// The member is `user_id` (a UUID), or `email` or `user` (an e-mail address); `end` may stand for
// `duration` (whole seconds); `meter_identifier` is the grid operator's name of the meter. Times
// have their offset. energy_consumed is kWh and read from its decimal text. Only start, one of
// duration and end, and energy_consumed are required; a field not named here rejects its line.
#pragma once

#include <cstdint>
#include <string_view>

#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::importers {

// An Error only where the input can't be read. Blank lines are passed over.
Result<void> parse_ndjson(Input& input, const RecordSink& sink);

// One line by itself, for lines that come another way.
Record parse_ndjson_line(std::int64_t record, std::int64_t line, std::string_view text);

}  // namespace wattback::importers

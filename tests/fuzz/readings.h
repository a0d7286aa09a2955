// Files of readings, parsed and written in each of the formats.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importers/input.h"
#include "importers/reading_record.h"

namespace wattback::fuzz {

using importers::Reading;
using ParseReadings = std::function<Result<void>(importers::Input&, const importers::RecordSink&)>;

// The readings of a file, without their place in it; none of one that is refused. What every record
// and refusal must be, whatever the file, is required here.
std::vector<Reading> readings_of(std::string_view file, const ParseReadings& parse);

// Two lists that must be the same, the second read from `written`.
void require_same(std::span<const Reading> expected, std::span<const Reading> found,
                  std::string_view written);

std::string as_csv(std::span<const Reading> readings);
std::string as_ndjson(std::span<const Reading> readings);

// Of what Green Button can say: no member, no energy type, an interval of a day at most.
std::string as_green_button(std::span<const Reading> readings);

}  // namespace wattback::fuzz

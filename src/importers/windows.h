// The records of an input in windows, as a run takes them.
#pragma once

#include <functional>
#include <vector>

#include "base/error.h"
#include "importers/format.h"
#include "importers/input.h"
#include "importers/reading_record.h"
#include "importers/run.h"

namespace wattback::importers {

ParseOptions parse_options(const ImportOptions& options);

// Gives the records of an input in windows; a false from the sink ends it.
Result<void> parse_windows(Input& input, const ImportOptions& options,
                           const std::function<bool(std::vector<Record>)>& sink);

}  // namespace wattback::importers

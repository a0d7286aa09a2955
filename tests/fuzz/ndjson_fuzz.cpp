// Readings as JSON lines.
#include "importers/ndjson.h"

#include "fuzz/readings.h"
#include "fuzz/target.h"

namespace wattback::fuzz {

void try_input(std::string_view bytes) {
  const auto readings = readings_of(bytes, importers::parse_ndjson);
  const auto ndjson = as_ndjson(readings);
  require_same(readings, readings_of(ndjson, importers::parse_ndjson), ndjson);
}

}  // namespace wattback::fuzz

// Readings as Green Button.
#include "importers/green_button.h"

#include "fuzz/readings.h"
#include "fuzz/target.h"
#include "importers/limits.h"
#include "importers/ndjson.h"

namespace wattback::fuzz {
namespace {

// A label made of a long title has been cut, and would be cut again with the number behind it.
constexpr std::size_t whole_label_bytes_max = importers::meter_label_bytes_max - 8;

}  // namespace

void try_input(std::string_view bytes) {
  auto readings = readings_of(bytes, importers::parse_green_button);
  const auto ndjson = as_ndjson(readings);
  require_same(readings, readings_of(ndjson, importers::parse_ndjson), ndjson);
  std::erase_if(readings, [](const Reading& reading) {
    return reading.meter.value_or("").size() > whole_label_bytes_max;
  });
  if (!readings.empty()) {  // a feed without any is refused
    const auto feed = as_green_button(readings);
    require_same(readings, readings_of(feed, importers::parse_green_button), feed);
  }
}

}  // namespace wattback::fuzz

// Readings as CSV, with and without a zone for local times.
#include "fuzz/readings.h"
#include "fuzz/target.h"
#include "importers/csv.h"
#include "importers/fields.h"

namespace wattback::fuzz {
namespace {

ParseReadings csv_in(std::optional<TimeZone> zone) {
  return [zone](importers::Input& input, const importers::RecordSink& sink) {
    return importers::parse_csv(input, {.zone = zone}, sink);
  };
}

// Rows far apart tell of an interval that no text can say the end of. It is far too long to be
// taken.
bool has_no_end(const Reading& reading) {
  return !importers::has_text(reading.start + reading.duration);
}

}  // namespace

void try_input(std::string_view bytes) {
  static const auto lisbon = csv_in(TimeZone::find("Europe/Lisbon").value());
  static const auto nowhere = csv_in(std::nullopt);
  for (const auto& parse : {lisbon, nowhere}) {
    auto readings = readings_of(bytes, parse);
    std::erase_if(readings, has_no_end);
    const auto csv = as_csv(readings);
    require_same(readings, readings_of(csv, nowhere), csv);
  }
}

}  // namespace wattback::fuzz

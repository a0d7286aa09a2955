#include "importers/windows.h"

#include <utility>

namespace wattback::importers {

ParseOptions parse_options(const ImportOptions& options) {
  return {.zone = options.zone, .unit = options.unit, .interval = options.interval};
}

Result<void> parse_windows(Input& input, const ImportOptions& options,
                           const std::function<bool(std::vector<Record>)>& sink) {
  std::vector<Record> window;
  bool stopped = false;
  const auto parsed =
      parse_readings(*options.format, input, parse_options(options), [&](Record&& record) {
        window.push_back(std::move(record));
        if (window.size() >= window_records_max) {
          stopped = !sink(std::exchange(window, {}));
        }
        return stopped ? Flow::stop : Flow::more;
      });
  if (parsed && !stopped) {
    sink(std::move(window));
  }
  return parsed;
}

}  // namespace wattback::importers

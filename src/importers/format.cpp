#include "importers/format.h"

#include <array>
#include <string_view>

#include "base/check.h"
#include "importers/csv.h"
#include "importers/green_button.h"
#include "importers/ndjson.h"

namespace wattback::importers {

Result<Format> detect_format(Input& input) {
  input.rewind();
  std::array<char, 4096> chunk{};
  const auto count = input.read(chunk);
  if (!count) {
    return std::unexpected(count.error());
  }
  input.rewind();
  const std::string_view bytes(chunk.data(), *count);
  // Blank space, byte order marks, and the zero bytes of UTF-16 come before what tells.
  constexpr std::string_view passed_over(" \t\r\n\xEF\xBB\xBF\xFE\xFF\0", 10);
  const auto first = bytes.find_first_not_of(passed_over);
  if (first == std::string_view::npos) {
    return Format::csv;
  }
  switch (bytes[first]) {
    case '<':
      return Format::green_button;
    case '{':
      return Format::ndjson;
    default:
      return Format::csv;
  }
}

Result<void> parse_readings(Format format, Input& input, const ParseOptions& options,
                            const RecordSink& sink) {
  switch (format) {
    case Format::green_button:
      return parse_green_button(input, sink);
    case Format::csv:
      return parse_csv(input, options, sink);
    case Format::ndjson:
      return parse_ndjson(input, sink);
  }
  check(false);
  return {};
}

}  // namespace wattback::importers

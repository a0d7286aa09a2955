// CSV as RFC 4180 writes it: records of fields, quoted fields that hold delimiters, line ends and
// doubled quotes. A malformed record costs one line: what follows a quote that is never closed is
// read again as lines of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "importers/fields.h"
#include "importers/lines.h"

namespace wattback::importers {

struct CsvRecord {
  std::int64_t line = 0;  // where it begins
  std::vector<std::string> fields;
  std::optional<Fault> fault;  // then the fields say nothing
};

class CsvReader {
 public:
  CsvReader(Input& input, char delimiter) : lines_(input), delimiter_(delimiter) {}

  Result<std::optional<CsvRecord>> next();  // nothing at the end; blank lines are passed over

 private:
  LineReader lines_;
  char delimiter_;
};

}  // namespace wattback::importers

// Rows of named texts, from CSV with a header or from NDJSON: what the imports of people and
// rewards read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "importers/format.h"
#include "importers/input.h"

namespace wattback::importers {

struct TableRow {
  std::int64_t line = 0;
  std::map<std::string, std::string> fields;  // those that are not empty, by column
  std::optional<std::string> fault;           // then the fields say nothing

  std::optional<std::string> field(std::string_view column) const;
};

// Gives the rows in file order. A column that is not among `columns`, or one twice, refuses a CSV
// file whole and an NDJSON line by itself. Green Button is `invalid` here.
Result<void> read_table(Format format, Input& input, std::span<const std::string_view> columns,
                        const std::function<void(TableRow)>& sink);

}  // namespace wattback::importers

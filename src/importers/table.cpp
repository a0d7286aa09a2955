#include "importers/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "importers/csv_record.h"
#include "importers/json_line.h"
#include "importers/lines.h"

namespace wattback::importers {
namespace {

bool is_known(std::span<const std::string_view> columns, std::string_view name) {
  return std::ranges::find(columns, name) != columns.end();
}

Result<std::vector<std::string>> read_header(Input& input, CsvReader& reader,
                                             std::span<const std::string_view> columns) {
  const auto record = reader.next();
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record || (*record)->fault) {
    return input.fault(1, "has no header of column names");
  }
  auto header = (*record)->fields;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto end = header.begin() + static_cast<std::ptrdiff_t>(i);
    if (!is_known(columns, header[i])) {
      return input.fault((*record)->line, fmt::format("has a column '{}'; it may have {}",
                                                      header[i], fmt::join(columns, ", ")));
    }
    if (std::find(header.begin(), end, header[i]) != end) {
      return input.fault((*record)->line, fmt::format("has the column '{}' twice", header[i]));
    }
  }
  return header;
}

TableRow row_of(const CsvRecord& record, const std::vector<std::string>& header) {
  TableRow row{.line = record.line};
  if (record.fault) {
    row.fault = record.fault->reason;
  } else if (record.fields.size() != header.size()) {
    row.fault =
        fmt::format("has {} fields where the header has {}", record.fields.size(), header.size());
  } else {
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (!record.fields[i].empty()) {
        row.fields[header[i]] = record.fields[i];
      }
    }
  }
  return row;
}

Result<void> read_csv(Input& input, std::span<const std::string_view> columns,
                      const std::function<void(TableRow)>& sink) {
  CsvReader reader(input, ',');
  const auto header = read_header(input, reader, columns);
  if (!header) {
    return std::unexpected(header.error());
  }
  for (;;) {
    const auto record = reader.next();
    if (!record) {
      return std::unexpected(record.error());
    }
    if (!*record) {
      return {};
    }
    sink(row_of(**record, *header));
  }
}

TableRow row_of(const Line& line, std::span<const std::string_view> columns) {
  TableRow row{.line = line.number};
  if (line.too_long) {
    row.fault = "is too long";
    return row;
  }
  const auto fields = read_json_object(line.text);
  if (!fields) {
    row.fault = fields.error().reason;
    return row;
  }
  for (const auto& field : *fields) {
    if (!is_known(columns, field.name)) {
      row.fault =
          fmt::format("has a field '{}'; it may have {}", field.name, fmt::join(columns, ", "));
    } else if (field.kind != JsonKind::string && field.kind != JsonKind::number) {
      row.fault = fmt::format("{} is neither text nor a number", field.name);
    } else if (!field.text.empty()) {
      row.fields[field.name] = field.text;
    }
  }
  return row;
}

Result<void> read_ndjson(Input& input, std::span<const std::string_view> columns,
                         const std::function<void(TableRow)>& sink) {
  LineReader lines(input);
  for (;;) {
    const auto line = lines.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (!*line) {
      return {};
    }
    if (!(*line)->text.empty()) {
      sink(row_of(**line, columns));
    }
  }
}

}  // namespace

std::optional<std::string> TableRow::field(std::string_view column) const {
  const auto found = fields.find(std::string(column));
  return found == fields.end() ? std::nullopt : std::optional(found->second);
}

Result<void> read_table(Format format, Input& input, std::span<const std::string_view> columns,
                        const std::function<void(TableRow)>& sink) {
  switch (format) {
    case Format::csv:
      return read_csv(input, columns, sink);
    case Format::ndjson:
      return read_ndjson(input, columns, sink);
    case Format::green_button:
      return fail(ErrorCode::invalid, fmt::format("{} is neither CSV nor NDJSON", input.name()));
  }
  return {};
}

}  // namespace wattback::importers

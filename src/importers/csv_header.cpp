#include "importers/csv_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "importers/fields.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

constexpr std::array names_known{
    std::pair<std::string_view, Column>{"start", Column::start},
    std::pair<std::string_view, Column>{"date", Column::start},
    std::pair<std::string_view, Column>{"timestamp", Column::start},
    std::pair<std::string_view, Column>{"time", Column::start},
    std::pair<std::string_view, Column>{"datetime", Column::start},
    std::pair<std::string_view, Column>{"start_time", Column::start},
    std::pair<std::string_view, Column>{"interval_start", Column::start},
    std::pair<std::string_view, Column>{"end", Column::end},
    std::pair<std::string_view, Column>{"end_time", Column::end},
    std::pair<std::string_view, Column>{"interval_end", Column::end},
    std::pair<std::string_view, Column>{"duration", Column::duration},
    std::pair<std::string_view, Column>{"value", Column::energy},
    std::pair<std::string_view, Column>{"energy_consumed", Column::energy},
    std::pair<std::string_view, Column>{"consumption", Column::energy},
    std::pair<std::string_view, Column>{"energy", Column::energy},
    std::pair<std::string_view, Column>{"usage", Column::energy},
    std::pair<std::string_view, Column>{"energy_type", Column::energy_type},
    std::pair<std::string_view, Column>{"type", Column::energy_type},
    std::pair<std::string_view, Column>{"user_id", Column::user_id},
    std::pair<std::string_view, Column>{"user", Column::user},
    std::pair<std::string_view, Column>{"email", Column::user},
    std::pair<std::string_view, Column>{"meter", Column::meter},
    std::pair<std::string_view, Column>{"meter_identifier", Column::meter_identifier},
    std::pair<std::string_view, Column>{"quality", Column::quality},
    std::pair<std::string_view, Column>{"as_of", Column::as_of},
};

constexpr std::array<std::string_view, 3> names_of_units{"unit", "units", "uom"};

struct Meaning {
  Column column = Column::start;
  std::optional<EnergyUnit> unit;
};

// Lower case, its words joined by "_".
std::string normalise(std::string_view name) {
  std::string words;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      words.push_back(c);
    } else if (c >= 'A' && c <= 'Z') {
      words.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (!words.empty() && words.back() != '_') {
      words.push_back('_');
    }
  }
  if (words.ends_with('_')) {
    words.pop_back();
  }
  return words;
}

std::optional<Column> find_column(std::string_view words) {
  const auto* found =
      std::ranges::find(names_known, words, &std::pair<std::string_view, Column>::first);
  return found == names_known.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Meaning> meaning_of(std::string_view name) {
  const std::string words = normalise(name);
  if (const auto column = find_column(words)) {
    return Meaning{*column, std::nullopt};
  }
  for (const auto& [unit, unit_name] : EnumNames<EnergyUnit>::rows) {
    if (words == unit_name) {
      return Meaning{Column::energy, unit};
    }
    const std::string suffix = fmt::format("_{}", unit_name);
    if (words.ends_with(suffix) && find_column(std::string_view(words).substr(
                                       0, words.size() - suffix.size())) == Column::energy) {
      return Meaning{Column::energy, unit};
    }
  }
  return std::nullopt;
}

int exponent_of(EnergyUnit unit) {
  switch (unit) {
    case EnergyUnit::watt_hours:
      return 0;
    case EnergyUnit::kilowatt_hours:
      return 3;
    case EnergyUnit::megawatt_hours:
      return 6;
  }
  return 0;
}

}  // namespace

std::size_t known_columns(std::span<const std::string> names) {
  return static_cast<std::size_t>(
      std::ranges::count_if(names, [](const auto& name) { return meaning_of(name).has_value(); }));
}

std::expected<CsvHeader, std::string> read_header(std::span<const std::string> names,
                                                  EnergyUnit unit) {
  if (names.size() > csv_columns_max) {
    return std::unexpected(fmt::format("the header has more than {} columns", csv_columns_max));
  }
  CsvHeader header{.width = names.size(), .positions = {}, .energy_exponent = exponent_of(unit)};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::find(names_of_units, normalise(names[i])) != names_of_units.end()) {
      return std::unexpected(fmt::format(
          "the header has a column of units, {}; leave it out and say the unit of all rows",
          quoted(names[i])));
    }
    const auto meaning = meaning_of(names[i]);
    if (!meaning) {
      continue;
    }
    auto& position = header.positions[static_cast<std::size_t>(meaning->column)];
    if (position) {
      return std::unexpected(fmt::format("the header is ambiguous: {} and {} mean the same",
                                         quoted(names[*position]), quoted(names[i])));
    }
    position = i;
    if (meaning->unit) {
      header.energy_exponent = exponent_of(*meaning->unit);
    }
  }
  const auto user_id = header.position(Column::user_id);
  const auto user = header.position(Column::user);
  if (user_id && user) {
    return std::unexpected(fmt::format("the header is ambiguous: {} and {} both name the member",
                                       quoted(names[*user_id]), quoted(names[*user])));
  }
  if (!header.position(Column::start)) {
    return std::unexpected("the header names no column for the start, such as 'start' or 'date'");
  }
  if (!header.position(Column::energy)) {
    return std::unexpected("the header names no column for the energy, such as 'value' or 'kwh'");
  }
  return header;
}

}  // namespace wattback::importers

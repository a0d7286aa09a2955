#include "cli/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/decimal.h"
#include "base/text.h"

namespace wattback::cli {
namespace {

// What a field is counted in, and what people count it in.
struct Unit {
  std::string_view ending;  // of the field's name
  std::string_view shown;   // in its place
  int decimals = 0;         // the field holds whole numbers of 10^-decimals of what is shown
};

constexpr std::array units{Unit{.ending = "_mwh", .shown = "_kWh", .decimals = 6},
                           Unit{.ending = "_nanopoints", .shown = "_points", .decimals = 9},
                           Unit{.ending = "rates_milli", .shown = "points_per_kWh", .decimals = 3},
                           Unit{.ending = "_kwh", .shown = "_kWh"},
                           Unit{.ending = "renewable", .shown = "renewable_kWh"},
                           Unit{.ending = "energy_consumed", .shown = "energy_consumed_kWh"}};

const Unit* find_unit(std::string_view name) {
  const auto* found =
      std::ranges::find_if(units, [&](const Unit& unit) { return name.ends_with(unit.ending); });
  return found == units.end() ? nullptr : found;
}

std::string heading(std::string_view name) {
  std::string text(name);
  if (const auto* unit = find_unit(name)) {
    text.replace(text.size() - unit->ending.size(), unit->ending.size(), unit->shown);
  }
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string cell(const json::value& value, int decimals);

std::string cell(std::string_view name, const json::value& value) {
  const auto* unit = find_unit(name);
  return cell(value, unit == nullptr ? 0 : unit->decimals);
}

std::string cell(const json::value& value, int decimals) {
  if (value.is_string()) {
    return excerpt(value.as_string(), value.as_string().size());  // on one line
  }
  if (value.is_null()) {
    return "-";
  }
  if (const auto* object = value.if_object()) {
    std::string text;
    for (const auto& [name, member] : *object) {
      text += (text.empty() ? "" : ", ") + heading(name) + " " +
              (decimals == 0 ? cell(name, member) : cell(member, decimals));
    }
    return text;
  }
  if (value.is_int64() && decimals != 0) {
    return format_decimal(value.as_int64(), decimals);
  }
  return to_json_text(value);
}

std::string pad(const std::string& text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, display_width(text)), ' ');
  return right ? blanks + text : text + blanks;
}

struct Column {
  std::string name;
  std::size_t width = 0;
  bool right = true;  // as long as every value is a number
};

std::string table(const json::array& rows) {
  if (rows.empty()) {
    return "(none)\n";
  }
  std::vector<Column> columns;
  for (const auto& [name, value] : rows.front().as_object()) {
    columns.push_back({.name = name, .width = display_width(heading(name))});
  }
  for (const auto& row : rows) {
    for (auto& column : columns) {
      const auto& value = row.at(column.name);
      column.width = std::max(column.width, display_width(cell(column.name, value)));
      column.right = column.right && (value.is_number() || value.is_null());
    }
  }
  const auto line = [&](const auto& text_of) {
    std::string text;
    for (const auto& column : columns) {
      text += (text.empty() ? "" : "  ") + pad(text_of(column), column.width, column.right);
    }
    return text.erase(text.find_last_not_of(' ') + 1) + "\n";
  };
  std::string text = line([](const Column& column) { return heading(column.name); });
  for (const auto& row : rows) {
    text += line([&row](const Column& column) { return cell(column.name, row.at(column.name)); });
  }
  return text;
}

std::string lines(const json::object& object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object) {
    width = std::max(width, heading(name).size());
  }
  std::string text;
  for (const auto& [name, value] : object) {
    if (value.is_array()) {
      const auto& rows = value.as_array();
      const bool objects = !rows.empty() && rows.front().is_object();
      text += heading(name) + ":\n" + (objects ? table(rows) : cell(name, value) + "\n");
    } else {
      text += pad(heading(name), width, false) + "  " + cell(name, value) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string render(const json::value& value) {
  if (!value.is_object()) {
    return cell(value, 0) + "\n";
  }
  const auto& object = value.as_object();
  const auto* data = object.if_contains("data");
  return data != nullptr && data->is_array() ? table(data->as_array()) : lines(object);
}

}  // namespace wattback::cli

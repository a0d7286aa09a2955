#include "cli/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace wattback::cli {
namespace {

std::string cell(const json::value& value) {
  if (value.is_string()) {
    return std::string(value.as_string());
  }
  if (value.is_null()) {
    return "-";
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [name, member] : value.as_object()) {
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + cell(member);
    }
    return text;
  }
  return to_json_text(value);
}

std::string heading(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
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
      column.width = std::max(column.width, display_width(cell(value)));
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
    text += line([&row](const Column& column) { return cell(row.at(column.name)); });
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
      text += heading(name) + ":\n" + (objects ? table(rows) : cell(value) + "\n");
    } else {
      text += pad(heading(name), width, false) + "  " + cell(value) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string render(const json::value& value) {
  if (!value.is_object()) {
    return cell(value) + "\n";
  }
  const auto& object = value.as_object();
  const auto* data = object.if_contains("data");
  return data != nullptr && data->is_array() ? table(data->as_array()) : lines(object);
}

}  // namespace wattback::cli

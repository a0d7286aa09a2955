#include "importers/json_line.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"

namespace wattback::importers {
namespace {

namespace json = boost::json;

std::unexpected<Fault> reject_json(const JsonError& error) {
  switch (error.fault) {
    case JsonFault::not_utf8:
      return reject(RejectionCode::not_utf8, error.detail);
    case JsonFault::duplicate_key:
      return reject(RejectionCode::duplicate_field,
                    fmt::format("has {} twice", quoted(error.pointer.substr(1))));
    case JsonFault::not_json:
    case JsonFault::byte_order_mark:
    case JsonFault::too_deep:
    case JsonFault::number_range:
      break;
  }
  return reject(RejectionCode::not_json,
                fmt::format("{} at byte {}", error.detail, error.offset + 1));
}

JsonKind kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return JsonKind::null;
    case json::kind::bool_:
      return JsonKind::boolean;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return JsonKind::number;
    case json::kind::string:
      return JsonKind::string;
    case json::kind::array:
      return JsonKind::array;
    case json::kind::object:
      return JsonKind::object;
  }
  std::unreachable();
}

}  // namespace

Checked<std::vector<JsonField>> read_json_object(std::string_view line) {
  const auto document = parse_json(line);
  if (!document) {
    return reject_json(document.error());
  }
  const auto* object = document->value.if_object();
  if (object == nullptr) {
    return reject(RejectionCode::not_json, "is no JSON object");
  }
  std::vector<JsonField> fields;
  fields.reserve(object->size());
  for (const auto& [name, value] : *object) {
    const auto kind = kind_of(value);
    JsonField field{.name = name, .kind = kind, .text = {}};
    if (kind == JsonKind::string) {
      field.text = value.as_string();
    } else if (kind == JsonKind::number) {
      field.text = document->number_text(json_pointer("", name)).value();
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace wattback::importers

#include "forms/cursor.h"

#include <boost/json.hpp>
#include <limits>

#include "base/base64url.h"
#include "base/check.h"
#include "base/json.h"
#include "base/sha256.h"

namespace wattback::forms {
namespace {

namespace json = boost::json;
using store::FieldType;

constexpr std::size_t list_bytes = 6;  // of the digest that names the list

std::string list_mark(std::string_view list) {
  const auto digest = sha256(list);
  return {digest.begin(), digest.begin() + list_bytes};
}

std::optional<json::value> form_of(const store::Value& value, FieldType type) {
  if (store::is_absent(value)) {
    return nullptr;
  }
  switch (type) {
    case FieldType::int64:
      return std::get<std::int64_t>(value);
    case FieldType::string:
      return json::value(std::get<std::string>(value));
    case FieldType::uuid:
      return json::value(wattback::to_text(std::get<Uuid>(value)));
    case FieldType::time:
      return std::get<Instant>(value).time_since_epoch().count();
    case FieldType::day:
      return json::value(wattback::to_text(std::get<Day>(value)));
    case FieldType::boolean:
    case FieldType::real:
    case FieldType::bytes:
    case FieldType::integers:
      break;
  }
  check(false);  // no index has such a field
  return std::nullopt;
}

template <class T>
std::optional<store::Value> some(const std::optional<T>& value) {
  return value ? std::optional<store::Value>(*value) : std::nullopt;
}

std::optional<store::Value> parse_value(const json::value& form, FieldType type) {
  if (form.is_null()) {
    return store::Value{};
  }
  const auto* number = form.if_int64();
  const auto* text = form.if_string();
  if (type == FieldType::int64 && number != nullptr) {
    return store::Value{std::int64_t{*number}};
  }
  if (type == FieldType::time && number != nullptr) {
    return store::Value{Instant(Instant::duration(*number))};
  }
  if (text == nullptr) {
    return std::nullopt;
  }
  switch (type) {
    case FieldType::string:
      return store::Value{std::string(*text)};
    case FieldType::uuid:
      return some(parse_uuid(*text));
    case FieldType::day:
      return some(parse_day(*text));
    default:
      return std::nullopt;
  }
}

}  // namespace

CursorShape shape_of(store::Collection collection, std::string_view index) {
  const auto& schema = store::product_schema().collection(collection);
  CursorShape shape;
  for (const auto position : schema.index(index).order) {
    shape.push_back(schema.fields[position].type);
  }
  return shape;
}

std::string to_text(const store::Cursor& cursor, const CursorShape& shape, std::string_view list) {
  check(cursor.size() == shape.size());
  json::array values;
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    values.push_back(form_of(cursor[i], shape[i]).value());
  }
  return to_base64url(list_mark(list) + to_json_text(values));
}

std::optional<store::Cursor> parse_cursor(std::string_view text, const CursorShape& shape,
                                          std::string_view list) {
  const auto bytes = parse_base64url(text);
  if (!bytes || !bytes->starts_with(list_mark(list))) {
    return std::nullopt;
  }
  const auto document = parse_json(std::string_view(*bytes).substr(list_bytes));
  const auto* values = document ? document->value.if_array() : nullptr;
  if (values == nullptr || values->size() != shape.size()) {
    return std::nullopt;
  }
  store::Cursor cursor;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto value = parse_value((*values)[i], shape[i]);
    if (!value) {
      return std::nullopt;
    }
    cursor.push_back(*std::move(value));
  }
  if (to_text(cursor, shape, list) != text) {  // the same values, written as we never do
    return std::nullopt;
  }
  return cursor;
}

}  // namespace wattback::forms

#include "importers/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <utility>

#include "base/text.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

namespace json = boost::json;

// Receives the parts of a document from Boost.JSON and keeps the fields of the outermost object.
// A handler that answers false ends the parse.
class FieldHandler {
 public:
  using Code = json::error_code;

  static constexpr std::size_t max_object_size = record_bytes_max;
  static constexpr std::size_t max_array_size = record_bytes_max;
  static constexpr std::size_t max_key_size = record_bytes_max;
  static constexpr std::size_t max_string_size = record_bytes_max;

  std::vector<JsonField>& fields() { return fields_; }
  bool is_object() const { return is_object_; }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    is_object_ = is_object_ || depth_ == 0;
    value(JsonKind::object);
    ++depth_;
    return true;
  }
  bool on_object_end(std::size_t, Code&) { return leave(); }
  bool on_array_begin(Code&) {
    value(JsonKind::array);
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, Code&) { return leave(); }
  bool on_key_part(json::string_view part, std::size_t, Code&) { return gather(part); }
  bool on_key(json::string_view part, std::size_t, Code&) {
    gather(part);
    if (at_field()) {
      fields_.push_back({.name = std::exchange(text_, {}), .kind = JsonKind::null, .text = {}});
    }
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Code&) { return gather(part); }
  bool on_string(json::string_view part, std::size_t, Code&) {
    gather(part);
    return value(JsonKind::string);
  }
  bool on_number_part(json::string_view part, Code&) { return gather(part); }
  bool on_int64(std::int64_t, json::string_view part, Code&) { return number(part); }
  bool on_uint64(std::uint64_t, json::string_view part, Code&) { return number(part); }
  bool on_double(double, json::string_view part, Code&) { return number(part); }
  bool on_bool(bool, Code&) { return value(JsonKind::boolean); }
  bool on_null(Code&) { return value(JsonKind::null); }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  bool at_field() const { return is_object_ && depth_ == 1; }

  bool gather(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool number(json::string_view part) {
    gather(part);
    return value(JsonKind::number);
  }

  bool value(JsonKind kind) {
    if (at_field()) {
      fields_.back().kind = kind;
      fields_.back().text = text_;
    }
    text_.clear();
    return true;
  }

  bool leave() {
    --depth_;
    return true;
  }

  std::vector<JsonField> fields_;
  std::string text_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
};

}  // namespace

Checked<std::vector<JsonField>> read_json_object(std::string_view line) {
  if (!is_utf8(line)) {
    return reject(RejectionCode::not_utf8, "is not UTF-8");
  }
  json::parse_options options;
  options.max_depth = json_depth_max;
  json::basic_parser<FieldHandler> parser(options);
  json::error_code code;
  const auto used = parser.write_some(false, line.data(), line.size(), code);
  if (code) {
    return reject(RejectionCode::not_json,
                  fmt::format("is not JSON: {} at byte {}", code.message(), used + 1));
  }
  if (used < line.size()) {
    return reject(RejectionCode::not_json, "has more after its JSON object");
  }
  if (!parser.handler().is_object()) {
    return reject(RejectionCode::not_json, "is no JSON object");
  }
  auto& fields = parser.handler().fields();
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const auto& field : fields) {
    names.push_back(field.name);
  }
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    return reject(RejectionCode::duplicate_field, fmt::format("has {} twice", quoted(*twice)));
  }
  return std::move(fields);
}

}  // namespace wattback::importers

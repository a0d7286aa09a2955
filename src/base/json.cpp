#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace wattback {
namespace {

namespace json = boost::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// Receives the parts of a document from Boost.JSON, whose names its functions have, and builds the
// value. A function that answers false ends the parse.
class Builder {
 public:
  using Code = json::error_code;

  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  // To the value that is being read, or to the key given twice.
  std::string pointer() const {
    std::string pointer;
    for (const auto& container : open_) {
      if (!container.is_object) {
        pointer = json_pointer(pointer, container.count);
      } else if (container.is_in_member) {
        pointer = json_pointer(pointer, container.keys.back());
      }
    }
    return twice_ ? json_pointer(pointer, *twice_) : pointer;
  }
  const std::optional<std::string>& twice() const { return twice_; }
  bool is_out_of_range() const { return is_out_of_range_; }
  JsonDocument take() { return {.value = values_.release(), .numbers = std::move(numbers_)}; }

  bool on_document_begin(Code&) {
    values_.reset();
    return true;
  }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    open_.push_back({.is_object = true});
    return true;
  }
  bool on_object_end(std::size_t count, Code& code) {
    auto keys = std::move(open_.back().keys);
    open_.pop_back();
    std::ranges::sort(keys);
    if (const auto twice = std::ranges::adjacent_find(keys); twice != keys.end()) {
      twice_ = *twice;
      return refuse(code);
    }
    values_.push_object(count);
    return end_value();
  }
  bool on_array_begin(Code&) {
    open_.push_back({.is_object = false});
    return true;
  }
  bool on_array_end(std::size_t count, Code&) {
    open_.pop_back();
    values_.push_array(count);
    return end_value();
  }
  bool on_key_part(json::string_view part, std::size_t, Code&) { return gather(part); }
  bool on_key(json::string_view part, std::size_t, Code&) {
    gather(part);
    values_.push_key(text_);
    open_.back().keys.push_back(std::exchange(text_, {}));
    open_.back().is_in_member = true;
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, Code&) { return gather(part); }
  bool on_string(json::string_view part, std::size_t, Code&) {
    gather(part);
    values_.push_string(text_);
    return end_value();
  }
  bool on_number_part(json::string_view part, Code&) { return gather(part); }
  bool on_int64(std::int64_t number, json::string_view, Code&) {
    values_.push_int64(number);
    return end_value();
  }
  bool on_uint64(std::uint64_t number, json::string_view part, Code&) {
    keep_text(part);
    values_.push_uint64(number);
    return end_value();
  }
  bool on_double(double number, json::string_view part, Code& code) {
    if (!std::isfinite(number)) {
      is_out_of_range_ = true;
      return refuse(code);
    }
    keep_text(part);
    values_.push_double(number);
    return end_value();
  }
  bool on_bool(bool value, Code&) {
    values_.push_bool(value);
    return end_value();
  }
  bool on_null(Code&) {
    values_.push_null();
    return end_value();
  }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }

 private:
  struct Container {
    bool is_object = false;
    bool is_in_member = false;      // between a key and the end of its value
    std::size_t count = 0;          // values complete
    std::vector<std::string> keys;  // of an object, in the order written
  };

  static bool refuse(Code& code) {
    code = json::error::syntax;
    return false;
  }

  bool gather(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  void keep_text(json::string_view last_part) {
    gather(last_part);
    numbers_.push_back({.pointer = pointer(), .text = std::exchange(text_, {})});
  }

  bool end_value() {
    text_.clear();
    if (!open_.empty()) {
      ++open_.back().count;
      open_.back().is_in_member = false;
    }
    return true;
  }

  json::value_stack values_;
  std::vector<JsonNumber> numbers_;
  std::vector<Container> open_;
  std::string text_;  // the parts of a key, a string or a number so far
  std::optional<std::string> twice_;
  bool is_out_of_range_ = false;
};

JsonError explain(const Builder& builder, const json::error_code& code, std::size_t offset,
                  std::string_view text) {
  JsonError error{.pointer = builder.pointer(), .offset = offset};
  if (builder.twice()) {
    error.fault = JsonFault::duplicate_key;
    error.detail = "is given twice";
  } else if (builder.is_out_of_range() || code == json::error::exponent_overflow) {
    error.fault = JsonFault::number_range;
    error.detail = "is a number too large to be kept";
  } else if (code == json::error::too_deep) {
    error.fault = JsonFault::too_deep;
    error.detail = "is nested too deep";
  } else if (!is_utf8(text)) {
    error.fault = JsonFault::not_utf8;
    error.detail = "is not UTF-8";
  } else {
    error.fault = JsonFault::not_json;
    error.detail = fmt::format("is not JSON ({})", code.message());
  }
  return error;
}

std::string_view to_text(JsonFault fault) {
  switch (fault) {
    case JsonFault::not_json:
      return "not_json";
    case JsonFault::not_utf8:
      return "not_utf8";
    case JsonFault::byte_order_mark:
      return "byte_order_mark";
    case JsonFault::duplicate_key:
      return "duplicate_key";
    case JsonFault::too_deep:
      return "too_deep";
    case JsonFault::number_range:
      return "number_range";
  }
  check(false);
  return {};
}

void append_text(std::string& text, const json::value& value) {
  if (const auto* object = value.if_object()) {
    char separator = '{';
    for (const auto& [name, member] : *object) {
      text += std::exchange(separator, ',');
      text += json::serialize(json::string_view(name));
      text += ':';
      append_text(text, member);
    }
    text += object->empty() ? "{}" : "}";
  } else if (const auto* array = value.if_array()) {
    char separator = '[';
    for (const auto& item : *array) {
      text += std::exchange(separator, ',');
      append_text(text, item);
    }
    text += array->empty() ? "[]" : "]";
  } else if (const auto* real = value.if_double()) {
    fmt::format_to(std::back_inserter(text), "{}", *real);
  } else {
    text += json::serialize(value);
  }
}

}  // namespace

std::optional<std::string> JsonDocument::number_text(std::string_view pointer) const {
  const auto number = std::ranges::find(numbers, pointer, &JsonNumber::pointer);
  if (number != numbers.end()) {
    return number->text;
  }
  json::error_code code;
  const auto* found = value.find_pointer({pointer.data(), pointer.size()}, code);
  if (found == nullptr || !found->is_int64()) {
    return std::nullopt;
  }
  return std::to_string(found->get_int64());
}

bool is_integer_text(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

std::string json_pointer(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer.push_back('/');
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}

std::string json_pointer(std::string_view parent, std::size_t index) {
  return fmt::format("{}/{}", parent, index);
}

std::expected<JsonDocument, JsonError> parse_json(std::string_view text, std::size_t depth_max) {
  if (text.starts_with(byte_order_mark)) {
    return std::unexpected(
        JsonError{.fault = JsonFault::byte_order_mark, .detail = "begins with a byte order mark"});
  }
  json::parse_options options;
  options.max_depth = depth_max;
  json::basic_parser<Builder> parser(options);
  json::error_code code;
  const auto used = parser.write_some(false, text.data(), text.size(), code);
  if (code) {
    return std::unexpected(explain(parser.handler(), code, used, text));
  }
  if (used < text.size()) {
    return std::unexpected(explain(parser.handler(), json::error::extra_data, used, text));
  }
  return parser.handler().take();
}

Error to_error(const JsonError& error) {
  return {.code = ErrorCode::invalid,
          .detail = fmt::format("{} {}", error.pointer.empty() ? "the document" : error.pointer,
                                error.detail),
          .fields = {{error.pointer, std::string(to_text(error.fault)),
                      fmt::format("{}, at byte {}", error.detail, error.offset)}},
          .log = {}};
}

std::string to_json_text(const json::value& value) {
  std::string text;
  append_text(text, value);
  return text;
}

}  // namespace wattback

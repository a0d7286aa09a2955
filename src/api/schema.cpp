#include "api/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/regex.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "api/faults.h"
#include "api/formats.h"
#include "base/json.h"

namespace wattback::api {
namespace {

namespace json = boost::json;

// What says nothing of values, and what is checked in api/formats.h: the library does not see them.
constexpr std::string_view notes[]{"description", "default", "example", "examples"};
constexpr std::string_view of_texts[]{"format", "minLength", "maxLength", "pattern",
                                      "x-form"};  // the pattern in words
constexpr std::string_view words[]{"type",  "properties", "required", "additionalProperties",
                                   "items", "maxItems",   "minimum",  "maximum",
                                   "enum",  "const",      "allOf",    "anyOf",
                                   "oneOf", "not"};

bool is_among(std::span<const std::string_view> known, std::string_view word) {
  return std::ranges::find(known, word) != known.end();
}

[[noreturn]] void refuse(const std::string& pointer, std::string_view what) {
  throw std::logic_error(fmt::format("{}: {}", pointer.empty() ? "schema" : pointer, what));
}

void check_pattern(const json::object& schema, const std::string& pointer) {
  const auto* pattern = schema.if_contains("pattern");
  if (pattern == nullptr) {
    return;
  }
  if (!schema.contains("maxLength")) {
    refuse(pointer, "a pattern needs a maxLength");
  }
  if (!schema.contains("x-form")) {
    refuse(pointer, "a pattern needs an x-form, which says it to people");
  }
  try {
    static_cast<void>(boost::regex(std::string(pattern->as_string())));
  } catch (const boost::regex_error& error) {
    refuse(pointer, fmt::format("the pattern is none: {}", error.what()));
  }
}

bool is_one_value(const json::value& schema) {
  return schema.as_object().size() == 1 && schema.as_object().contains("const");
}

void check_words(const json::object& schema, const std::string& pointer) {
  for (const auto& [word, value] : schema) {
    if (!is_among(words, word) && !is_among(of_texts, word) && !is_among(notes, word)) {
      refuse(pointer, fmt::format("the word {} is not known here", std::string_view(word)));
    }
  }
  if (const auto* format = schema.if_contains("format");
      format != nullptr && !is_known_format(format->as_string())) {
    refuse(pointer,
           fmt::format("the format {} is not known here", std::string_view(format->as_string())));
  }
  if (const auto* additional = schema.if_contains("additionalProperties");
      additional != nullptr && !additional->is_bool()) {
    refuse(pointer, "additionalProperties is true or false here");
  }
  if (const auto* barred = schema.if_contains("not"); barred != nullptr && !is_one_value(*barred)) {
    refuse(pointer, "not bars one value here, a const");
  }
  check_pattern(schema, pointer);
}

// Which of two the texts of a value are held to could not be told (holds_texts).
void check_branches(const json::array& branches, const std::string& pointer) {
  const auto texts = std::ranges::count_if(branches, [](const json::value& branch) {
    return branch.as_object().contains("type") && admits_type(branch.as_object(), "");
  });
  if (texts > 1) {
    refuse(pointer, "two branches are text");
  }
}

json::value for_library(const json::value& source, const std::string& pointer);

json::value each_for_library(const json::value& sources, const std::string& pointer) {
  if (const auto* list = sources.if_array()) {
    json::array each;
    for (std::size_t index = 0; index < list->size(); ++index) {
      each.push_back(for_library((*list)[index], json_pointer(pointer, index)));
    }
    return each;
  }
  json::object each;
  for (const auto& [name, source] : sources.as_object()) {
    each.emplace(name, for_library(source, json_pointer(pointer, std::string_view(name))));
  }
  return each;
}

// The schema as the library is given it.
json::value for_library(const json::value& source, const std::string& pointer) {
  const auto& schema = source.as_object();
  check_words(schema, pointer);
  json::object kept;
  for (const auto& [word, value] : schema) {
    const auto at = json_pointer(pointer, std::string_view(word));
    if (word == "anyOf" || word == "oneOf") {
      check_branches(value.as_array(), at);
    }
    if (word == "items") {
      kept.emplace(word, for_library(value, at));
    } else if (word == "properties" || word == "allOf" || word == "anyOf" || word == "oneOf") {
      kept.emplace(word, each_for_library(value, at));
    } else if (is_among(words, word)) {
      kept.emplace(word, value);
    }
  }
  return kept;
}

// The library throws where it compares a number beyond int64 that is written as an integer.
bool has_uint64(const json::value& value) {
  if (const auto* object = value.if_object()) {
    return std::ranges::any_of(*object, [](const auto& pair) { return has_uint64(pair.value()); });
  }
  if (const auto* array = value.if_array()) {
    return std::ranges::any_of(*array, has_uint64);
  }
  return value.is_uint64();
}

void uint64_to_double(json::value& value) {
  if (auto* object = value.if_object()) {
    std::ranges::for_each(*object, [](auto& pair) { uint64_to_double(pair.value()); });
  } else if (auto* array = value.if_array()) {
    std::ranges::for_each(*array, uint64_to_double);
  } else if (value.is_uint64()) {
    value = static_cast<double>(value.get_uint64());
  }
}

}  // namespace

struct Schema::Compiled {
  json::object source;
  valijson::Schema schema;
};

Schema::Schema(const json::value& source) {
  auto compiled = std::make_unique<Compiled>();
  try {
    const auto kept = for_library(source, "");
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(kept), compiled->schema);
  } catch (const std::logic_error&) {
    throw;
  } catch (const std::exception& error) {
    refuse("", error.what());
  }
  compiled->source = source.as_object();
  compiled_ = std::move(compiled);
}

Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

std::vector<FieldError> Schema::judge(const json::value& value) const {
  if (holds(value)) {
    return {};
  }
  auto faults = find_faults(compiled_->source, value);
  if (faults.empty()) {
    faults.push_back({"", "invalid", "is not what the contract says"});
  }
  return faults;
}

bool Schema::holds(const json::value& value) const {
  if (!holds_texts(compiled_->source, value)) {
    return false;
  }
  if (has_uint64(value)) {
    auto copy = value;
    uint64_to_double(copy);
    return holds(copy);
  }
  // It keeps state of its own, without a lock.
  thread_local valijson::Validator validator(valijson::Validator::kStrongTypes);
  return validator.validate(compiled_->schema, valijson::adapters::BoostJsonAdapter(value),
                            nullptr);
}

}  // namespace wattback::api

#include "api/faults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "api/formats.h"
#include "base/json.h"

namespace wattback::api {
namespace {

namespace json = boost::json;

std::string_view noun_of(std::string_view type) {
  constexpr std::array nouns{
      std::pair{"string", "text"},      std::pair{"integer", "a whole number"},
      std::pair{"number", "a number"},  std::pair{"boolean", "true or false"},
      std::pair{"object", "an object"}, std::pair{"array", "a list"},
      std::pair{"null", "null"}};
  const auto* found = std::ranges::find(nouns, type, [](const auto& row) { return row.first; });
  return found == nouns.end() ? type : found->second;
}

std::vector<std::string_view> types_of(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  if (type == nullptr) {
    return {};
  }
  if (const auto* one = type->if_string()) {
    return {*one};
  }
  std::vector<std::string_view> types;
  for (const auto& name : type->as_array()) {
    types.emplace_back(name.as_string());
  }
  return types;
}

std::string must_be(std::span<const std::string_view> types) {
  std::vector<std::string_view> nouns;
  std::ranges::transform(types, std::back_inserter(nouns), noun_of);
  return fmt::format("must be {}", fmt::join(nouns, " or "));
}

// A word as it is, anything else as JSON.
std::string shown(const json::value& value) {
  const auto* text = value.if_string();
  return text != nullptr ? std::string(*text) : to_json_text(value);
}

bool only_requires(const json::value& schema) {
  return schema.as_object().size() == 1 && schema.as_object().contains("required");
}

class Finder {
 public:
  std::vector<FieldError> take() { return std::move(found_); }

  void visit(const json::object& schema, const json::value& value, const std::string& pointer) {
    if (!admits_type(schema, value)) {
      add(pointer, type_fault(schema, value));
      return;
    }
    visit_choice_of_values(schema, value, pointer);
    visit_content(schema, value, pointer);
    if (const auto* all = schema.if_contains("allOf")) {
      for (const auto& branch : all->as_array()) {
        visit(branch.as_object(), value, pointer);
      }
    }
    if (const auto* any = schema.if_contains("anyOf")) {
      visit_branches(any->as_array(), value, pointer);
    }
    if (const auto* one = schema.if_contains("oneOf")) {
      visit_branches(one->as_array(), value, pointer);
      visit_overlap(one->as_array(), value, pointer);
    }
  }

 private:
  bool is_full() const { return found_.size() == faults_max; }

  void add(const std::string& pointer, std::string detail) {
    if (!is_full()) {
      found_.push_back({pointer, "invalid", std::move(detail)});
    }
  }

  static std::string type_fault(const json::object& schema, const json::value& value) {
    const auto types = types_of(schema);
    if (!value.is_number() || std::ranges::find(types, "integer") == types.end()) {
      return must_be(types);
    }
    constexpr double int64_end = 9223372036854775808.0;  // 2^63
    const auto number = value.to_number<double>();
    if (number >= int64_end) {
      const auto* max = schema.if_contains("maximum");
      return fmt::format("must be at most {}",
                         to_json_text(max != nullptr ? *max : json::value(INT64_MAX)));
    }
    if (number < -int64_end || (value.is_double() && number == -int64_end)) {
      const auto* min = schema.if_contains("minimum");
      return fmt::format("must be at least {}",
                         to_json_text(min != nullptr ? *min : json::value(INT64_MIN)));
    }
    return must_be(types) + ", without a fraction or an exponent";
  }

  void visit_choice_of_values(const json::object& schema, const json::value& value,
                              const std::string& pointer) {
    if (const auto* only = schema.if_contains("const"); only != nullptr && value != *only) {
      add(pointer, fmt::format("must be {}", shown(*only)));
    }
    if (const auto* barred = schema.if_contains("not");
        barred != nullptr && value == barred->at("const")) {
      add(pointer, fmt::format("must not be {}", shown(barred->at("const"))));
    }
    const auto* choice = schema.if_contains("enum");
    if (choice != nullptr && std::ranges::count(choice->as_array(), value) == 0) {
      std::vector<std::string> words;
      std::ranges::transform(choice->as_array(), std::back_inserter(words), shown);
      add(pointer,
          fmt::format("must be {}{}", words.size() == 1 ? "" : "one of ", fmt::join(words, ", ")));
    }
  }

  void visit_content(const json::object& schema, const json::value& value,
                     const std::string& pointer) {
    if (const auto* text = value.if_string()) {
      visit_text(schema, *text, pointer);
    } else if (const auto* object = value.if_object()) {
      visit_object(schema, *object, pointer);
    } else if (const auto* array = value.if_array()) {
      visit_array(schema, *array, pointer);
    } else if (value.is_number()) {
      visit_number(schema, value, pointer);
    }
  }

  void visit_text(const json::object& schema, std::string_view text, const std::string& pointer) {
    if (auto fault = find_text_fault(schema, text)) {
      add(pointer, *std::move(fault));
    }
  }

  void visit_number(const json::object& schema, const json::value& value,
                    const std::string& pointer) {
    const auto is_less = [](const json::value& left, const json::value& right) {
      return left.is_int64() && right.is_int64()
                 ? left.get_int64() < right.get_int64()
                 : left.to_number<double>() < right.to_number<double>();
    };
    if (const auto* min = schema.if_contains("minimum"); min != nullptr && is_less(value, *min)) {
      add(pointer, fmt::format("must be at least {}", to_json_text(*min)));
    }
    if (const auto* max = schema.if_contains("maximum"); max != nullptr && is_less(*max, value)) {
      add(pointer, fmt::format("must be at most {}", to_json_text(*max)));
    }
  }

  void visit_array(const json::object& schema, const json::array& value,
                   const std::string& pointer) {
    const auto* max = schema.if_contains("maxItems");
    if (max != nullptr && value.size() > static_cast<std::uint64_t>(max->as_int64())) {
      add(pointer, fmt::format("must have at most {} items", max->as_int64()));
    }
    if (const auto* items = schema.if_contains("items")) {
      for (std::size_t index = 0; index < value.size() && !is_full(); ++index) {
        visit(items->as_object(), value[index], json_pointer(pointer, index));
      }
    }
  }

  void visit_object(const json::object& schema, const json::object& value,
                    const std::string& pointer) {
    const auto* properties = schema.if_contains("properties");
    const auto* additional = schema.if_contains("additionalProperties");
    const bool is_closed = additional != nullptr && !additional->as_bool();
    for (const auto& [name, member] : value) {
      const auto* property =
          properties == nullptr ? nullptr : properties->as_object().if_contains(name);
      if (property != nullptr) {
        visit(property->as_object(), member, json_pointer(pointer, name));
      } else if (is_closed && !is_full()) {
        add_unknown(name, pointer);
      }
    }
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& name : required->as_array()) {
        if (!value.contains(name.as_string())) {
          add(json_pointer(pointer, std::string_view(name.as_string())), "is required");
        }
      }
    }
  }

  void add_unknown(std::string_view name, const std::string& pointer) {
    if (name.size() <= fault_name_bytes_max) {
      add(json_pointer(pointer, name), "is not known here");
    } else {
      add(pointer, "has a member with a long name that is not known here");
    }
  }

  static std::vector<FieldError> faults_of(const json::value& branch, const json::value& value,
                                           const std::string& pointer) {
    Finder finder;
    finder.visit(branch.as_object(), value, pointer);
    return finder.take();
  }

  static std::string names_required(const json::array& branches) {
    std::vector<std::string> names;
    for (const auto& branch : branches) {
      for (const auto& name : branch.as_object().at("required").as_array()) {
        names.emplace_back(name.as_string());
      }
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  // Where a value fits no branch.
  void visit_branches(const json::array& branches, const json::value& value,
                      const std::string& pointer) {
    std::vector<std::vector<FieldError>> faults;  // of the branches for values of its type
    std::vector<std::string_view> types;
    for (const auto& branch : branches) {
      std::ranges::copy(types_of(branch.as_object()), std::back_inserter(types));
      if (admits_type(branch.as_object(), value)) {
        faults.push_back(faults_of(branch, value, pointer));
      }
    }
    if (std::ranges::any_of(faults, &std::vector<FieldError>::empty)) {
      return;
    }
    if (faults.empty()) {
      add(pointer, must_be(types));
    } else if (std::ranges::all_of(branches, only_requires)) {
      add(pointer, fmt::format("must have one of {}", names_required(branches)));
    } else if (value.is_object()) {
      add_all(*std::ranges::min_element(faults, {}, &std::vector<FieldError>::size));
    } else {
      add(pointer, joined(faults));
    }
  }

  void visit_overlap(const json::array& branches, const json::value& value,
                     const std::string& pointer) {
    const auto fitting = std::ranges::count_if(branches, [&](const json::value& branch) {
      return faults_of(branch, value, pointer).empty();
    });
    if (fitting > 1 && std::ranges::all_of(branches, only_requires)) {
      add(pointer, fmt::format("must have only one of {}", names_required(branches)));
    } else if (fitting > 1) {
      add(pointer, "is more than one of the things it may be");
    }
  }

  void add_all(const std::vector<FieldError>& faults) {
    for (const auto& fault : faults) {
      add(fault.pointer, fault.detail);
    }
  }

  static std::string joined(const std::vector<std::vector<FieldError>>& faults) {
    std::vector<std::string_view> details;
    details.reserve(faults.size());
    for (const auto& branch : faults) {
      details.emplace_back(branch.front().detail);
    }
    return fmt::format("{}", fmt::join(details, ", or "));
  }

  std::vector<FieldError> found_;
};

}  // namespace

std::vector<FieldError> find_faults(const json::object& schema, const json::value& value) {
  Finder finder;
  finder.visit(schema, value, "");
  return finder.take();
}

}  // namespace wattback::api

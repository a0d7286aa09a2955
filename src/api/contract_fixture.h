// For tests: the contract as a document, and faults read back as short lines.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "api/contract.h"
#include "base/error.h"
#include "base/json.h"

namespace wattback::api {

namespace json = boost::json;

inline const json::value& contract_document() {
  static const auto document = parse_json(contract_text(), 64).value();
  return document.value;
}

// A part of the contract with each $ref replaced by what it refers to.
inline json::value resolved(const json::value& part) {
  if (const auto* object = part.if_object()) {
    if (const auto* reference = object->if_contains("$ref")) {
      return resolved(contract_document().at_pointer(reference->as_string().subview(1)));
    }
    json::object copy;
    for (const auto& [name, member] : *object) {
      copy.emplace(name, resolved(member));
    }
    return copy;
  }
  if (const auto* array = part.if_array()) {
    json::array copy;
    for (const auto& item : *array) {
      copy.push_back(resolved(item));
    }
    return copy;
  }
  return part;
}

// An example of the contract, and the schema it must hold under.
struct Example {
  std::string place;
  json::value schema;
  json::value value;
};

// Those of bodies and answers: of JSON as they are, of JSON lines one a line.
inline void add_examples(std::vector<Example>& examples, const std::string& place,
                         const json::object& content) {
  for (const auto& [type, media] : content) {
    const auto& object = media.as_object();
    const auto* item = object.if_contains("x-item-schema");
    const auto* one = object.if_contains("example");
    if (item != nullptr) {
      std::istringstream lines{std::string(one->as_string())};
      for (std::string line; std::getline(lines, line);) {
        examples.push_back({place, *item, parse_json(line).value().value});
      }
    } else if (type.ends_with("json") && one != nullptr) {
      examples.push_back({place, object.at("schema"), *one});
    } else if (const auto* several = object.if_contains("examples")) {
      for (const auto& [name, example] : several->as_object()) {
        examples.push_back(
            {place + " " + std::string(name), object.at("schema"), example.at("value")});
      }
    }
  }
}

inline std::vector<Example> contract_examples() {
  std::vector<Example> examples;
  for (const auto& [path, item] : contract_document().at("paths").as_object()) {
    for (const auto& [method, part] : item.as_object()) {
      if (!part.is_object()) {
        continue;
      }
      const auto operation = resolved(part);
      const std::string id(operation.at("operationId").as_string());
      if (const auto* body = operation.as_object().if_contains("requestBody")) {
        add_examples(examples, id, body->at("content").as_object());
      }
      for (const auto& [status, answer] : operation.at("responses").as_object()) {
        if (const auto* content = answer.as_object().if_contains("content")) {
          add_examples(examples, id + " " + std::string(status), content->as_object());
        }
      }
    }
  }
  return examples;
}

// "/points: must be at least 1", or the detail alone of what is wrong with the whole.
inline std::vector<std::string> lines_of(const std::vector<FieldError>& faults) {
  std::vector<std::string> lines;
  lines.reserve(faults.size());
  for (const auto& fault : faults) {
    lines.push_back(fault.pointer.empty() ? fault.detail : fault.pointer + ": " + fault.detail);
  }
  return lines;
}

}  // namespace wattback::api

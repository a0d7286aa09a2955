#include "api/contract_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "base/json.h"
#include "http/target.h"

namespace wattback::api {
namespace {

namespace json = boost::json;

constexpr std::size_t contract_depth_max = 64;

[[noreturn]] void refuse(std::string_view place, std::string_view what) {
  throw std::logic_error(fmt::format("the contract: {}: {}", place, what));
}

// The document, and the way through its references.
class Document {
 public:
  explicit Document(std::string_view text) {
    auto document = parse_json(text, contract_depth_max);
    if (!document) {
      refuse(document.error().pointer, document.error().detail);
    }
    root_ = std::move(document->value);
  }

  const json::value& root() const { return root_; }

  // A value, or what it refers to.
  const json::value& follow(const json::value& value, std::string_view place) const {
    const auto* found = &value;
    for (std::size_t steps = 0; const auto* reference = find_reference(*found, place); ++steps) {
      if (steps == contract_depth_max) {
        refuse(place, fmt::format("{} leads back to itself", *reference));
      }
      found = &resolve(*reference, place);
    }
    return *found;
  }

  // A value with what it refers to, and that refers to, in the references' places.
  json::value expand(const json::value& value, std::string_view place,
                     std::size_t depth = 0) const {
    if (depth == contract_depth_max) {
      refuse(place, "a $ref leads back to itself");
    }
    const auto& found = follow(value, place);
    if (const auto* object = found.if_object()) {
      json::object expanded;
      for (const auto& [name, member] : *object) {
        expanded.emplace(name, expand(member, place, depth + 1));
      }
      return expanded;
    }
    if (const auto* array = found.if_array()) {
      json::array expanded;
      for (const auto& item : *array) {
        expanded.push_back(expand(item, place, depth + 1));
      }
      return expanded;
    }
    return found;
  }

 private:
  static const json::string* find_reference(const json::value& value, std::string_view place) {
    const auto* object = value.if_object();
    const auto* reference = object == nullptr ? nullptr : object->if_contains("$ref");
    if (reference == nullptr) {
      return nullptr;
    }
    if (object->size() != 1 || !reference->is_string()) {
      refuse(place, "a $ref is a text and stands alone");
    }
    return &reference->get_string();
  }

  const json::value& resolve(std::string_view reference, std::string_view place) const {
    boost::system::error_code error;
    const auto* found =
        reference.starts_with("#/") ? root_.find_pointer(reference.substr(1), error) : nullptr;
    if (found == nullptr) {
      refuse(place, fmt::format("{} leads nowhere", reference));
    }
    return *found;
  }

  json::value root_;
};

// An object of the document, which knows where it stands.
class Part {
 public:
  Part(const Document& document, const json::value& value, std::string place)
      : document_(&document), value_(&document.follow(value, place)), place_(std::move(place)) {
    if (!value_->is_object()) {
      refuse("is no object");
    }
  }

  [[noreturn]] void refuse(std::string_view what) const { api::refuse(place_, what); }

  const std::string& place() const { return place_; }
  const json::value& value() const { return *value_; }
  const json::object& object() const { return value_->get_object(); }
  const json::value* find(std::string_view name) const { return object().if_contains(name); }

  const json::value& at(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr) {
      refuse(fmt::format("lacks {}", name));
    }
    return *value;
  }

  std::string text(std::string_view name) const {
    const auto* text = at(name).if_string();
    if (text == nullptr) {
      refuse(fmt::format("{} is no text", name));
    }
    return std::string(*text);
  }

  bool flag(std::string_view name) const {
    const auto* value = find(name);
    if (value != nullptr && !value->is_bool()) {
      refuse(fmt::format("{} is neither true nor false", name));
    }
    return value != nullptr && value->get_bool();
  }

  json::array list(std::string_view name) const {
    const auto* value = find(name);
    if (value != nullptr && !value->is_array()) {
      refuse(fmt::format("{} is no list", name));
    }
    return value == nullptr ? json::array() : value->get_array();
  }

  Part part(std::string_view name) const { return {*document_, at(name), place_of(name)}; }
  Part part(std::string_view name, const json::value& value) const {
    return {*document_, value, place_of(name)};
  }

 private:
  std::string place_of(std::string_view name) const {
    return place_.empty() ? std::string(name) : fmt::format("{}, {}", place_, name);
  }

  const Document* document_;
  const json::value* value_;
  std::string place_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : document_(text) {}

  std::vector<Operation> read() {
    const Part root(document_, document_.root(), "");
    std::vector<Operation> operations;
    const auto paths = root.part("paths");
    for (const auto& [path, value] : paths.object()) {
      const auto item = paths.part(path, value);
      for (const auto& [word, operation] : item.object()) {
        if (word != "parameters") {
          operations.push_back(read_operation(path, item, word, operation));
          check_new(operations);
        }
      }
    }
    return operations;
  }

 private:
  static void check_new(const std::vector<Operation>& operations) {
    const auto& id = operations.back().operation_id;
    if (std::ranges::count(operations, id, &Operation::operation_id) > 1) {
      refuse(id, "is there twice");
    }
  }

  Operation read_operation(std::string_view path, const Part& item, std::string_view word,
                           const json::value& value) {
    const auto unnamed = item.part(word, value);
    const auto id = unnamed.text("operationId");
    const Part part(document_, value, id);
    Operation operation{.operation_id = id,
                        .method = read_method(part, word),
                        .path = std::string(path),
                        .body = read_body_kind(part),
                        .callers = read_callers(part)};
    OperationParts parts;
    read_parameters(item, parts);
    read_parameters(part, parts);
    check_path(part, path, parts);
    read_request_body(part, operation, parts);
    read_answers(part, parts);
    operation.parts = std::make_shared<const OperationParts>(std::move(parts));
    return operation;
  }

  static http::Method read_method(const Part& operation, std::string_view word) {
    for (const auto& [method, name] : EnumNames<http::Method>::rows) {
      if (word == lower_case(name)) {
        return method;
      }
    }
    operation.refuse(fmt::format("{} is no method known here", word));
  }

  static http::Body read_body_kind(const Part& operation) {
    if (operation.find("x-body") == nullptr) {
      return http::Body::whole;
    }
    if (operation.text("x-body") != "streamed") {
      operation.refuse("x-body is `streamed`, or absent");
    }
    return http::Body::streamed;
  }

  static std::vector<CallerKind> read_callers(const Part& operation) {
    std::vector<CallerKind> callers;
    for (const auto& word : operation.list("x-callers")) {
      const auto* text = word.if_string();
      const auto caller = text == nullptr ? std::nullopt : from_text<CallerKind>(*text);
      if (!caller) {
        operation.refuse("x-callers has an unknown word");
      }
      callers.push_back(*caller);
    }
    if (callers.empty()) {
      operation.refuse("lacks x-callers");
    }
    return callers;
  }

  void read_parameters(const Part& owner, OperationParts& parts) {
    for (const auto& value : owner.list("parameters")) {
      auto parameter = read_parameter(owner.part("parameters", value));
      const bool is_twice = std::ranges::any_of(parts.parameters, [&](const Parameter& other) {
        return other.name == parameter.name && other.place == parameter.place;
      });
      if (is_twice) {
        owner.refuse(fmt::format("the parameter {} is there twice", parameter.name));
      }
      parts.parameters.push_back(std::move(parameter));
    }
  }

  Parameter read_parameter(const Part& part) {
    const auto place = from_text<ParameterPlace>(part.text("in"));
    if (!place) {
      part.refuse("`in` is path, query or header");
    }
    const auto name = part.text("name");
    const auto schema = part.part("schema");
    const auto type = schema.text("type");
    if (type == "object" || type == "array") {
      part.refuse(fmt::format("{} is neither text nor a number nor a boolean", name));
    }
    const auto* standard = schema.find("default");
    return {.name = name,
            .place = *place,
            .is_required = part.flag("required"),
            .is_text = type == "string",
            .field = *place == ParameterPlace::header ? lower_case(name) : std::string(),
            .default_value = standard == nullptr ? json::value() : *standard,
            .schema = compile(schema)};
  }

  static void check_path(const Part& part, std::string_view path, const OperationParts& parts) {
    std::set<std::string, std::less<>> open;
    for (auto begin = path.find('{'); begin != std::string_view::npos;
         begin = path.find('{', begin + 1)) {
      open.emplace(path.substr(begin + 1, path.find('}', begin) - begin - 1));
    }
    for (const auto& parameter : parts.parameters) {
      if (parameter.place == ParameterPlace::path &&
          (!parameter.is_required || open.erase(parameter.name) == 0)) {
        part.refuse(fmt::format("the path does not have {}, required", parameter.name));
      }
    }
    if (!open.empty()) {
      part.refuse(fmt::format("nothing says what {} of the path is", *open.begin()));
    }
  }

  void read_request_body(const Part& part, Operation& operation, OperationParts& parts) {
    if (part.find("requestBody") == nullptr) {
      return;
    }
    const auto body = part.part("requestBody");
    operation.has_body = true;
    operation.body_required = body.flag("required");
    const auto content = body.part("content");
    for (const auto& [type, value] : content.object()) {
      const auto media = content.part(type, value);
      operation.media_types.push_back(lower_case(type));
      if (operation.media_types.back() == json_type) {
        parts.body = compile(media.part("schema"));
        parts.body_members = members_of(media.part("schema"));
      }
      if (media.find("x-item-schema") != nullptr) {
        parts.item = compile(media.part("x-item-schema"));
      }
    }
    if (operation.body == http::Body::whole &&
        operation.media_types != std::vector{std::string(json_type)}) {
      body.refuse("a body that is not streamed is application/json alone");
    }
  }

  static std::set<std::string, std::less<>> members_of(const Part& schema) {
    std::set<std::string, std::less<>> members;
    if (schema.find("properties") != nullptr) {
      for (const auto& [name, value] : schema.part("properties").object()) {
        members.emplace(name);
      }
    }
    return members;
  }

  void read_answers(const Part& part, OperationParts& parts) {
    const auto responses = part.part("responses");
    for (const auto& [word, value] : responses.object()) {
      int status = 0;
      const auto read = std::from_chars(word.data(), word.data() + word.size(), status);
      if (word.size() != 3 || read.ptr != word.data() + word.size()) {
        responses.refuse(fmt::format("{} is no status", std::string_view(word)));
      }
      parts.answers.emplace(status, read_answer(responses.part(word, value)));
    }
  }

  DocumentedAnswer read_answer(const Part& part) {
    DocumentedAnswer answer;
    if (part.find("headers") != nullptr) {
      for (const auto& [name, value] : part.part("headers").object()) {
        answer.headers.emplace_back(name);
      }
    }
    if (part.find("content") != nullptr) {
      const auto content = part.part("content");
      for (const auto& [type, value] : content.object()) {
        const auto media = content.part(type, value);
        const bool is_json = type == json_type || type == problem_type;
        answer.content.emplace(type, is_json ? compile(media.part("schema")) : nullptr);
      }
    }
    return answer;
  }

  // One schema serves all who refer to it.
  std::shared_ptr<const Schema> compile(const Part& part) {
    auto& schema = schemas_[&part.object()];
    if (schema == nullptr) {
      const auto source = document_.expand(part.value(), part.place());
      try {
        schema = std::make_shared<const Schema>(source);
      } catch (const std::logic_error& error) {
        part.refuse(error.what());
      }
    }
    return schema;
  }

  Document document_;
  std::map<const json::object*, std::shared_ptr<const Schema>> schemas_;
};

}  // namespace

std::vector<Operation> read_operations(std::string_view text) { return Reader(text).read(); }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

}  // namespace wattback::api

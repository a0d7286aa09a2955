#include "api/contract.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "api/contract_reader.h"
#include "api/faults.h"
#include "base/check.h"
#include "base/text.h"

namespace wattback::api {
namespace {

namespace json = boost::json;
using http::Problem;

constexpr std::string_view if_match = "If-Match";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// What is wrong, by its first fault.
Error error_of(std::vector<FieldError> faults) {
  const auto& first = faults.front();
  const auto name = first.pointer.substr(first.pointer.starts_with('/') ? 1 : 0);
  auto detail = name.empty() ? first.detail : fmt::format("{}: {}", name, first.detail);
  if (faults.size() > 1) {
    detail += fmt::format(", and {} more", faults.size() - 1);
  }
  return {.code = ErrorCode::invalid,
          .detail = std::move(detail),
          .fields = std::move(faults),
          .log = {}};
}

std::unexpected<Problem> refuse(const Error& error) {
  return std::unexpected(http::problem_of(error));
}

std::unexpected<Problem> refuse_body(std::string_view detail) {
  return refuse({.code = ErrorCode::invalid,
                 .detail = fmt::format("the body {}", detail),
                 .fields = {},
                 .log = {}});
}

const std::string* find_text_of(const Parameter& parameter, const http::Request& request) {
  switch (parameter.place) {
    case ParameterPlace::path:
      return request.parameters.find(parameter.name);
    case ParameterPlace::query:
      return request.query.find(parameter.name);
    case ParameterPlace::header:
      return request.headers.find(parameter.field);
  }
  check(false);
  return nullptr;
}

// The value a text stands for; the text itself where it is none, which its schema then refuses.
json::value value_of(const Parameter& parameter, const std::string& text) {
  if (!parameter.is_text && text.find_first_of(" \t\r\n") == std::string::npos) {
    if (auto document = parse_json(text); document && !document->value.is_string()) {
      return std::move(document->value);
    }
  }
  return json::value(text);
}

// The values of a request's parameters, and what is wrong with them.
class ParameterReader {
 public:
  explicit ParameterReader(const http::Request& request) : request_(request) {}

  void read(const Parameter& parameter) {
    const auto* text = find_text_of(parameter, request_);
    if (text == nullptr) {
      read_missing(parameter);
      return;
    }
    auto value = value_of(parameter, *text);
    for (auto& fault : parameter.schema->judge(value)) {
      faults_.push_back({parameter.name, std::move(fault.code), std::move(fault.detail)});
    }
    values_.emplace(parameter.name, std::move(value));
  }

  void refuse_unknown(const std::vector<Parameter>& known) {
    for (const auto& [name, value] : request_.query) {
      const bool is_known = std::ranges::any_of(known, [&](const Parameter& parameter) {
        return parameter.place == ParameterPlace::query && parameter.name == name;
      });
      if (!is_known) {
        faults_.push_back({excerpt(name, fault_name_bytes_max), "invalid", "is not known here"});
      }
    }
  }

  std::expected<Parameters, Problem> take() {
    if (!faults_.empty()) {
      return refuse(error_of(std::move(faults_)));
    }
    if (lacks_precondition_) {
      return std::unexpected(http::problem_of(428, "precondition_required", "If-Match is missing"));
    }
    return Parameters(std::move(values_));
  }

 private:
  void read_missing(const Parameter& parameter) {
    if (parameter.is_required && parameter.name == if_match) {
      lacks_precondition_ = true;
    } else if (parameter.is_required) {
      faults_.push_back({parameter.name, "invalid", "is required"});
    } else if (!parameter.default_value.is_null()) {
      values_.emplace(parameter.name, parameter.default_value);
    }
  }

  const http::Request& request_;
  json::object values_;
  std::vector<FieldError> faults_;
  bool lacks_precondition_ = false;
};

// Of "text/csv; charset=utf-8": whether each charset is UTF-8.
bool is_utf8_type(std::string_view content_type) {
  for (auto rest = content_type; !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto parameter = lower_case(trimmed(rest.substr(0, end)));
    std::erase(parameter, '"');
    if (parameter.starts_with("charset=") && parameter != "charset=utf-8") {
      return false;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return true;
}

// Headers that every answer has whose description lists them; of the others some come only with
// some answers, and X-Request-Id from the server.
bool is_constant(std::string_view header) {
  return header == "Location" || header == "ETag" || header == "WWW-Authenticate" ||
         header == "Retry-After";
}

std::optional<std::string> find_header_fault(const DocumentedAnswer& documented,
                                             const http::Response& response) {
  for (const auto& name : documented.headers) {
    const bool is_there = std::ranges::find(response.headers, name, &http::NamedValue::name) !=
                          response.headers.end();
    if (is_constant(name) && !is_there) {
      return fmt::format("lacks the header {}", name);
    }
  }
  return std::nullopt;
}

std::optional<std::string> find_body_fault(const Schema& schema, std::string_view text) {
  const auto document = parse_json(text);
  if (!document) {
    return fmt::format("has a body that is no JSON: {}", to_error(document.error()).detail);
  }
  auto faults = schema.judge(document->value);
  return faults.empty() ? std::nullopt
                        : std::optional(fmt::format("has a body where {}",
                                                    error_of(std::move(faults)).detail));
}

std::optional<std::string> find_content_fault(const DocumentedAnswer& documented,
                                              const http::Response& response) {
  const auto text = http::text_of(response.body);
  if (documented.content.empty()) {
    const bool is_empty = text.empty() && response.content_type.empty();
    return is_empty ? std::nullopt : std::optional<std::string>("has a body; none is documented");
  }
  const auto type = lower_case(
      trimmed(std::string_view(response.content_type).substr(0, response.content_type.find(';'))));
  const auto content = documented.content.find(type);
  if (content == documented.content.end()) {
    return fmt::format("has the content type '{}', which is not documented", type);
  }
  return content->second == nullptr ? std::nullopt : find_body_fault(*content->second, text);
}

}  // namespace

std::string_view Parameters::text(std::string_view name) const {
  const auto text = find_text(name);
  check(text.has_value());
  return *text;
}

std::int64_t Parameters::integer(std::string_view name) const {
  const auto integer = find_integer(name);
  check(integer.has_value());
  return *integer;
}

bool Parameters::boolean(std::string_view name) const {
  const auto boolean = find_boolean(name);
  check(boolean.has_value());
  return *boolean;
}

std::optional<std::string_view> Parameters::find_text(std::string_view name) const {
  const auto* value = values_.if_contains(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  check(value->is_string());
  return value->get_string();
}

std::optional<std::int64_t> Parameters::find_integer(std::string_view name) const {
  const auto* value = values_.if_contains(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  check(value->is_int64());
  return value->get_int64();
}

std::optional<bool> Parameters::find_boolean(std::string_view name) const {
  const auto* value = values_.if_contains(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  check(value->is_bool());
  return value->get_bool();
}

Contract::Contract(std::string_view text) : operations_(read_operations(text)) {}

const Operation* Contract::find(std::string_view operation_id) const {
  const auto found = std::ranges::find(operations_, operation_id, &Operation::operation_id);
  return found == operations_.end() ? nullptr : &*found;
}

std::expected<Parameters, Problem> Contract::check_parameters(const Operation& operation,
                                                              const http::Request& request) const {
  ParameterReader reader(request);
  for (const auto& parameter : operation.parts->parameters) {
    reader.read(parameter);
  }
  reader.refuse_unknown(operation.parts->parameters);
  return reader.take();
}

std::expected<std::string, Problem> Contract::check_media_type(const Operation& operation,
                                                               const http::Request& request) const {
  const auto* field = request.headers.find("content-type");
  const auto given = field == nullptr ? std::string_view() : std::string_view(*field);
  auto type = lower_case(trimmed(given.substr(0, given.find(';'))));
  if (std::ranges::count(operation.media_types, type) == 0) {
    return std::unexpected(http::problem_of(
        415, "unsupported_media_type",
        fmt::format("this operation takes {}", fmt::join(operation.media_types, ", "))));
  }
  if (!is_utf8_type(given)) {
    return std::unexpected(
        http::problem_of(415, "unsupported_media_type", "the only charset here is utf-8"));
  }
  return type;
}

std::expected<JsonDocument, Problem> Contract::check_body(const Operation& operation,
                                                          const http::Request& request) const {
  check(operation.body == http::Body::whole);
  if (request.body.empty()) {
    return operation.body_required ? refuse_body("is missing")
                                   : std::expected<JsonDocument, Problem>();
  }
  if (!operation.has_body) {
    return refuse_body("must be empty; this operation takes none");
  }
  if (auto type = check_media_type(operation, request); !type) {
    return std::unexpected(std::move(type.error()));
  }
  auto document = parse_json(request.body);
  if (!document) {
    return refuse(to_error(document.error()));
  }
  if (auto faults = operation.parts->body->judge(document->value); !faults.empty()) {
    return refuse(error_of(std::move(faults)));
  }
  return *std::move(document);
}

Result<void> Contract::check_item(const Operation& operation, const JsonDocument& item) const {
  check(operation.parts->item != nullptr);
  if (auto faults = operation.parts->item->judge(item.value); !faults.empty()) {
    return std::unexpected(error_of(std::move(faults)));
  }
  return {};
}

bool Contract::body_has_member(const Operation& operation, std::string_view name) const {
  return operation.parts->body_members.contains(name);
}

std::optional<std::string> Contract::find_answer_fault(const Operation& operation,
                                                       const http::Response& response) const {
  const auto documented = operation.parts->answers.find(response.status);
  auto fault = std::optional<std::string>("has a status that is not documented");
  if (documented != operation.parts->answers.end()) {
    fault = find_header_fault(documented->second, response);
    fault = fault ? fault : find_content_fault(documented->second, response);
  }
  return fault ? std::optional(fmt::format("{}: the answer {} {}", operation.operation_id,
                                           response.status, *fault))
               : std::nullopt;
}

}  // namespace wattback::api

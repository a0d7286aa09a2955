// The contract's text taken apart into operations whose parts are ready to check with.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/contract.h"
#include "api/schema.h"

namespace wattback::api {

enum class ParameterPlace : std::uint8_t { path, query, header };

struct Parameter {
  std::string name;
  ParameterPlace place = ParameterPlace::query;
  bool is_required = false;
  bool is_text = true;               // else JSON is read from it
  std::string field;                 // of a header: its name in lower case
  boost::json::value default_value;  // null: there is none
  std::shared_ptr<const Schema> schema;
};

struct DocumentedAnswer {
  std::map<std::string, std::shared_ptr<const Schema>> content;  // no schema where it is no JSON
  std::vector<std::string> headers;                              // in the file's order
};

struct OperationParts {
  std::vector<Parameter> parameters;
  std::shared_ptr<const Schema> body;               // of application/json
  std::shared_ptr<const Schema> item;               // of a line of JSON lines
  std::set<std::string, std::less<>> body_members;  // of `body`
  std::map<int, DocumentedAnswer> answers;          // by status
};

// Throws std::logic_error as Contract does.
std::vector<Operation> read_operations(std::string_view text);

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";

std::string lower_case(std::string_view text);  // of ASCII, as names of headers and types are

}  // namespace wattback::api

namespace wattback {

template <>
struct EnumNames<api::ParameterPlace> {
  static constexpr std::array rows{std::pair{api::ParameterPlace::path, "path"},
                                   std::pair{api::ParameterPlace::query, "query"},
                                   std::pair{api::ParameterPlace::header, "header"}};
};

}  // namespace wattback

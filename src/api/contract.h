// The contract of the server, api/openapi.yaml: its operations, and what it says of requests and
// answers. Nothing that it says is said or checked again elsewhere.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/json.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

namespace wattback::api {

// The contract as JSON, as the build embeds it (tools/contract_to_json.py).
std::string_view contract_text();

enum class CallerKind : std::uint8_t { anyone, usage_token, member, admin };

struct OperationParts;

struct Operation {
  std::string operation_id;
  http::Method method = http::Method::get;
  std::string path;  // the template: "/api/v1/users/{user_id}"
  http::Body body = http::Body::whole;
  std::vector<CallerKind> callers;
  bool has_body = false;
  bool body_required = false;
  std::vector<std::string> media_types;  // of the body

  std::shared_ptr<const OperationParts> parts;  // Contract's own
};

// The parameters of a request, by their names in the contract, with its defaults filled in.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(boost::json::object values) : values_(std::move(values)) {}

  // Of one that must be there, and of that type, as the contract says.
  std::string_view text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;

  // Nothing for one that was not given and has no default.
  std::optional<std::string_view> find_text(std::string_view name) const;
  std::optional<std::int64_t> find_integer(std::string_view name) const;
  std::optional<bool> find_boolean(std::string_view name) const;

 private:
  boost::json::object values_;
};

// Read once. Its functions may be called from any thread, with operations of its own.
class Contract {
 public:
  // Throws std::logic_error, saying where, for a text that is no contract this server can hold to.
  explicit Contract(std::string_view text);

  std::span<const Operation> operations() const { return operations_; }  // in the file's order
  const Operation* find(std::string_view operation_id) const;

  // 400 with an error for each parameter that is not as it should be, named by it; 428 where
  // nothing but If-Match is missing.
  std::expected<Parameters, http::Problem> check_parameters(const Operation& operation,
                                                            const http::Request& request) const;

  // The media type of the body, in lower case and without parameters; 415 for one that the
  // operation does not take, or in another charset than UTF-8.
  std::expected<std::string, http::Problem> check_media_type(const Operation& operation,
                                                             const http::Request& request) const;

  // Of an operation with Body::whole. 415; 400 for a body that is missing, not asked for, no JSON
  // (parse_json), or not of its schema, with an error for each fault (find_faults). Of an operation
  // without a body the document is null.
  std::expected<JsonDocument, http::Problem> check_body(const Operation& operation,
                                                        const http::Request& request) const;

  // A line of a body of JSON lines: `invalid`, with an error for each fault.
  Result<void> check_item(const Operation& operation, const JsonDocument& item) const;

  // Whether the body is an object that may have a member of that name.
  bool body_has_member(const Operation& operation, std::string_view name) const;

  // How an answer is not what the contract says, as a sentence. The body of one that is streamed is
  // not looked at.
  std::optional<std::string> find_answer_fault(const Operation& operation,
                                               const http::Response& response) const;

 private:
  std::vector<Operation> operations_;
};

}  // namespace wattback::api

namespace wattback {

template <>
struct EnumNames<api::CallerKind> {
  static constexpr std::array rows{std::pair{api::CallerKind::anyone, "anyone"},
                                   std::pair{api::CallerKind::usage_token, "usage_token"},
                                   std::pair{api::CallerKind::member, "member"},
                                   std::pair{api::CallerKind::admin, "admin"}};
};

}  // namespace wattback

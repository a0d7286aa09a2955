#include "api/contract.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "api/contract_fixture.h"
#include "api/contract_reader.h"
#include "api/schema.h"

namespace wattback::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::StartsWith;

const Contract& contract() {
  static const Contract contract{contract_text()};
  return contract;
}

const Operation& operation(std::string_view id) {
  const auto* found = contract().find(id);
  check(found != nullptr);
  return *found;
}

http::NamedValues named(std::vector<http::NamedValue> values) {
  http::NamedValues named;
  for (auto& [name, value] : values) {
    named.add(std::move(name), std::move(value));
  }
  return named;
}

http::Request json_request(std::string body) {
  http::Request request;
  request.headers.add("content-type", "application/json");
  request.body = std::move(body);
  return request;
}

// "400 invalid", then the faults.
std::vector<std::string> lines_of(const http::Problem& problem) {
  std::vector<std::string> lines{fmt::format("{} {}", problem.status, problem.code)};
  std::ranges::move(api::lines_of(problem.errors), std::back_inserter(lines));
  return lines;
}

template <class T>
std::vector<std::string> lines_of(const std::expected<T, http::Problem>& answer) {
  return answer ? std::vector<std::string>() : lines_of(answer.error());
}

std::vector<std::string> check_body(std::string_view id, std::string body) {
  return lines_of(contract().check_body(operation(id), json_request(std::move(body))));
}

// The file itself.

TEST(Contract, HasItsOperationsInOrder) {
  std::vector<std::string> expected;
  for (const auto& [path, item] : contract_document().at("paths").as_object()) {
    for (const auto& [method, part] : item.as_object()) {
      if (part.is_object()) {
        expected.emplace_back(part.at("operationId").as_string());
      }
    }
  }
  std::vector<std::string> ids;
  for (const auto& known : contract().operations()) {
    ids.push_back(known.operation_id);
    EXPECT_FALSE(known.callers.empty()) << known.operation_id;
    EXPECT_EQ(contract().find(known.operation_id), &known);
  }
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(contract().find("nothing"), nullptr);
}

TEST(Contract, DescribesAnOperation) {
  const auto& create = operation("create_redemption");
  EXPECT_EQ(create.method, http::Method::post);
  EXPECT_EQ(create.path, "/api/v1/users/{user_id}/redemptions");
  EXPECT_EQ(create.body, http::Body::whole);
  EXPECT_THAT(create.callers, ElementsAre(CallerKind::member, CallerKind::admin));
  EXPECT_TRUE(create.has_body);
  EXPECT_TRUE(create.body_required);
  EXPECT_THAT(create.media_types, ElementsAre("application/json"));
  EXPECT_TRUE(contract().body_has_member(create, "reward_id"));
  EXPECT_FALSE(contract().body_has_member(create, "points"));

  const auto& import = operation("create_import");
  EXPECT_EQ(import.body, http::Body::streamed);
  EXPECT_THAT(import.media_types, ElementsAre("text/csv", "application/x-ndjson",
                                              "application/atom+xml", "application/gzip"));

  const auto& read = operation("get_reward");
  EXPECT_EQ(read.method, http::Method::get);
  EXPECT_FALSE(read.has_body);
  EXPECT_FALSE(contract().body_has_member(read, "name"));
}

TEST(Contract, EveryExampleHolds) {
  std::map<std::string, const Schema> schemas;
  std::size_t count = 0;
  for (const auto& [place, schema, value] : contract_examples()) {
    const auto text = json::serialize(schema);
    const auto compiled = schemas.try_emplace(text, schema).first;
    EXPECT_THAT(api::lines_of(compiled->second.judge(value)), IsEmpty()) << place;
    ++count;
  }
  EXPECT_GT(count, 500U);
}

// A request gets the examples of parameters.
void add_examples(http::Request& request, const json::object& owner) {
  const auto* parameters = owner.if_contains("parameters");
  if (parameters == nullptr) {
    return;
  }
  for (const auto& parameter : parameters->as_array()) {
    const auto& example = parameter.at("example");
    auto text = example.is_string() ? std::string(example.as_string()) : json::serialize(example);
    std::string name(parameter.at("name").as_string());
    const std::string_view place = parameter.at("in").as_string();
    if (place == "path") {
      request.parameters.add(std::move(name), std::move(text));
    } else if (place == "query") {
      request.query.add(std::move(name), std::move(text));
    } else {
      request.headers.add(lower_case(name), std::move(text));
    }
  }
}

TEST(Contract, EveryExampleOfAParameterHolds) {
  for (const auto& [path, part] : contract_document().at("paths").as_object()) {
    const auto item = resolved(part).as_object();
    for (const auto& [method, operation_part] : item) {
      if (operation_part.is_object()) {
        http::Request request;
        add_examples(request, item);
        add_examples(request, operation_part.as_object());
        const std::string_view id = operation_part.at("operationId").as_string();
        const auto parameters = contract().check_parameters(operation(id), request);
        EXPECT_THAT(lines_of(parameters), IsEmpty()) << id;
      }
    }
  }
}

// Parameters.

TEST(Parameters, AreOfTheirTypes) {
  http::Request request;
  request.query = named({{"limit", "7"}, {"in_stock", "true"}, {"cursor", "abc"}});
  const auto parameters = contract().check_parameters(operation("list_rewards"), request).value();
  EXPECT_EQ(parameters.integer("limit"), 7);
  EXPECT_TRUE(parameters.boolean("in_stock"));
  EXPECT_EQ(parameters.text("cursor"), "abc");
  EXPECT_FALSE(parameters.boolean("affordable")) << "a default";
  EXPECT_EQ(parameters.find_text("user_id"), std::nullopt);
  EXPECT_EQ(parameters.find_integer("nothing"), std::nullopt);
  EXPECT_EQ(parameters.find_boolean("nothing"), std::nullopt);
}

TEST(Parameters, HaveDefaults) {
  const auto parameters = contract().check_parameters(operation("list_rewards"), {}).value();
  EXPECT_EQ(parameters.integer("limit"), 50);
}

TEST(Parameters, AreHeldToTheirSchemas) {
  struct Case {
    std::string_view operation;
    http::NamedValue query;
    std::string_view fault;
  };
  const std::vector<Case> cases{
      {"list_rewards", {"limit", "0"}, "limit: must be at least 1"},
      {"list_rewards", {"limit", "201"}, "limit: must be at most 200"},
      {"list_rewards", {"limit", "99999999999999999999"}, "limit: must be at most 200"},
      {"list_rewards",
       {"limit", "1.0"},
       "limit: must be a whole number, without a fraction or an exponent"},
      {"list_rewards", {"limit", "+5"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", " 5"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", "05"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", "0x5"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", "true"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", "\"5\""}, "limit: must be a whole number"},
      {"list_rewards", {"limit", "[5]"}, "limit: must be a whole number"},
      {"list_rewards", {"limit", ""}, "limit: must be a whole number"},
      {"list_rewards", {"in_stock", "1"}, "in_stock: must be true or false"},
      {"list_rewards", {"in_stock", "True"}, "in_stock: must be true or false"},
      {"list_rewards", {"cursor", ""}, "cursor: must not be empty"},
      {"list_rewards", {"cursor", "a b"}, "cursor: must be a next_cursor as it was answered"},
      {"list_rewards", {"color", "red"}, "color: is not known here"},
      {"list_rewards", {"Limit", "5"}, "Limit: is not known here"},
      {"list_users", {"email", "rosa"}, "email: must be an email address"},
      {"list_pending_redemptions", {"status", "cancelled"}, "status: must be pending"},
  };
  for (const auto& [id, query, fault] : cases) {
    http::Request request;
    request.query = named({query});
    EXPECT_THAT(lines_of(contract().check_parameters(operation(id), request)),
                ElementsAre("400 invalid", fault))
        << query.name << "=" << query.value;
  }
}

TEST(Parameters, AreAllJudged) {
  http::Request request;
  request.parameters = named({{"user_id", "rosa"}});
  request.query = named({{"limit", "x"}, {"color", "red"}});
  const auto answer = contract().check_parameters(operation("list_usage"), request);
  EXPECT_EQ(answer.error().status, 400);
  EXPECT_THAT(answer.error().detail, HasSubstr(", and 2 more"));
  EXPECT_EQ(answer.error().errors.size(), 3U);
}

TEST(Parameters, OfTextStayText) {
  http::Request request;
  request.query = named({{"meter", "1e5"}});
  const auto parameters = contract().check_parameters(operation("create_import"), request).value();
  EXPECT_EQ(parameters.text("meter"), "1e5");
}

http::Request edit_request(std::optional<std::string> if_match) {
  http::Request request;
  request.parameters = named({{"reward_id", "01a20d78-c316-7f7e-963a-2db8d59f773a"}});
  if (if_match) {
    request.headers.add("if-match", *std::move(if_match));
  }
  return request;
}

TEST(Parameters, AnEditNeedsAPrecondition) {
  const auto& edit = operation("edit_reward");
  const auto parameters = contract().check_parameters(edit, edit_request("\"3.17\"")).value();
  EXPECT_EQ(parameters.text("If-Match"), "\"3.17\"");

  const auto missing = contract().check_parameters(edit, edit_request(std::nullopt));
  EXPECT_THAT(lines_of(missing), ElementsAre("428 precondition_required"));
  EXPECT_EQ(missing.error().detail, "If-Match is missing");

  for (const auto* etag : {"3.17", "*", "W/\"3.17\"", "\"3.17\", \"4.17\"", ""}) {
    const auto malformed = contract().check_parameters(edit, edit_request(etag));
    EXPECT_EQ(malformed.error().status, 400) << etag;
    EXPECT_THAT(lines_of(malformed).at(1), StartsWith("If-Match: must be one ETag")) << etag;
  }

  auto worse = edit_request(std::nullopt);
  worse.query.add("x", "1");
  EXPECT_THAT(lines_of(contract().check_parameters(edit, worse)),
              ElementsAre("400 invalid", "x: is not known here"));
}

TEST(Parameters, AnEffectNeedsAKey) {
  const auto& create = operation("create_redemption");
  http::Request request;
  request.parameters = named({{"user_id", "me"}});
  EXPECT_THAT(lines_of(contract().check_parameters(create, request)),
              ElementsAre("400 invalid", "Idempotency-Key: is required"));
  request.headers.add("idempotency-key", std::string(256, 'k'));
  EXPECT_THAT(lines_of(contract().check_parameters(create, request)),
              ElementsAre("400 invalid", "Idempotency-Key: must have at most 255 characters"));
}

TEST(Parameters, ALongTextIsHarmless) {
  http::Request request;
  request.headers.add("if-match", std::string(std::size_t{1} << 20U, '"'));
  request.parameters = named({{"reward_id", std::string(std::size_t{1} << 20U, '0')}});
  EXPECT_THAT(lines_of(contract().check_parameters(operation("edit_reward"), request)),
              testing::UnorderedElementsAre("400 invalid", "reward_id: must be a UUID",
                                            "If-Match: must have at most 64 characters"));
}

// Bodies.

TEST(Bodies, AreHeldToTheirSchemas) {
  EXPECT_THAT(check_body("create_reward", R"({"name": "Kettle", "points_required": 500})"),
              IsEmpty());
  EXPECT_THAT(check_body("create_reward",
                         R"({"name": "", "points_required": 0, "colour": "red", "stock": 1.0})"),
              ElementsAre("400 invalid", "/name: must not be empty",
                          "/points_required: must be at least 1", "/colour: is not known here",
                          "/stock: must be a whole number, without a fraction or an exponent"));
  EXPECT_THAT(check_body("create_user", R"({"email": "rosa", "role": "Root"})"),
              ElementsAre("400 invalid", "/email: must be an email address",
                          "/role: must be one of User, Admin", "/name: is required"));
  EXPECT_THAT(
      check_body("adjust_points", R"({"points": 0, "reason_code": "Good will"})"),
      ElementsAre("400 invalid", "/points: must not be 0",
                  "/reason_code: must be a code such as goodwill, of a-z, 0-9, '-', '_' and '.'"));
  EXPECT_THAT(check_body("publish_earning_rules",
                         R"({"follows": 1, "effective_day": "2027-02-29", "daily_cap": null,
                             "points_per_kwh": {"Renewable": 18446744073709551615, "Solar": 1}})"),
              ElementsAre("400 invalid", "/effective_day: must be a day such as 2026-11-24",
                          "/points_per_kwh/Renewable: must be at most 1000",
                          "/points_per_kwh/Solar: is not known here"));
  EXPECT_THAT(check_body("create_reward", "[]"), ElementsAre("400 invalid", "must be an object"));
}

TEST(Bodies, AreSummedUpByTheFirstFault) {
  const auto answer = contract().check_body(operation("create_reward"),
                                            json_request(R"({"name": "x", "points_required": 0})"));
  EXPECT_EQ(answer.error().detail, "points_required: must be at least 1");
  EXPECT_EQ(answer.error().errors.at(0),
            (FieldError{"/points_required", "invalid", "must be at least 1"}));
}

TEST(Bodies, KeepTheirNumbersAsWritten) {
  const auto body =
      contract().check_body(operation("publish_earning_rules"),
                            json_request(R"({"follows": 1, "effective_day": "2027-01-01",
                       "points_per_kwh": {"Renewable": 7.1250}})"));
  EXPECT_EQ(body.value().number_text("/points_per_kwh/Renewable"), "7.1250");
}

TEST(Bodies, AreJson) {
  EXPECT_EQ(check_body("create_reward", "{").at(0), "400 invalid");
  EXPECT_EQ(check_body("create_reward", " ").at(0), "400 invalid");
  EXPECT_THAT(check_body("create_reward", R"({"name": "a", "name": "b"})").at(1),
              StartsWith("/name: "));
}

TEST(Bodies, AreThereOrNot) {
  const http::Request request;
  EXPECT_EQ(contract().check_body(operation("create_reward"), request).error().detail,
            "the body is missing");
  EXPECT_EQ(contract().check_body(operation("create_reward"), request).error().status, 400);
  EXPECT_TRUE(contract().check_body(operation("get_reward"), request).value().value.is_null());
  EXPECT_EQ(contract().check_body(operation("get_reward"), json_request("{}")).error().status, 400);
}

TEST(Bodies, AreOfAMediaTypeThatIsTaken) {
  const auto status_of = [](std::string_view id, std::optional<std::string> type) {
    http::Request request;
    request.body = R"({"name": "Kettle", "points_required": 500})";
    if (type) {
      request.headers.add("content-type", *std::move(type));
    }
    const auto taken = contract().check_media_type(operation(id), request);
    return taken ? *taken : fmt::format("{} {}", taken.error().status, taken.error().detail);
  };
  for (const auto* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;Charset=\"UTF-8\"", "application/json ; v=1; charset=UTF-8"}) {
    EXPECT_EQ(status_of("create_reward", type), "application/json") << type;
  }
  for (const auto* type : {"text/json", "application/jsonx", "application/problem+json", "",
                           "application/json, application/json", "*/*"}) {
    EXPECT_EQ(status_of("create_reward", type), "415 this operation takes application/json")
        << type;
  }
  EXPECT_EQ(status_of("create_reward", std::nullopt), "415 this operation takes application/json");
  EXPECT_EQ(status_of("create_reward", "application/json; charset=latin-1"),
            "415 the only charset here is utf-8");
  EXPECT_EQ(status_of("create_import", "text/csv"), "text/csv");
  EXPECT_EQ(status_of("create_import", "application/json"),
            "415 this operation takes text/csv, application/x-ndjson, application/atom+xml, "
            "application/gzip");

  http::Request request;
  request.body = "{}";
  EXPECT_THAT(lines_of(contract().check_body(operation("create_reward"), request)),
              ElementsAre("415 unsupported_media_type"));
}

TEST(Bodies, OfAMebibyteAreHarmless) {
  const std::string text(std::size_t{1} << 20U, 'a');
  EXPECT_THAT(
      check_body("adjust_points", fmt::format(R"({{"points": 1, "reason_code": "{}"}})", text)),
      ElementsAre("400 invalid", "/reason_code: must have at most 64 characters"));
  EXPECT_THAT(check_body("create_redemption", fmt::format(R"({{"reward_id": "{}"}})", text)),
              ElementsAre("400 invalid", "/reward_id: must be a UUID"));
  EXPECT_THAT(
      check_body("create_token", fmt::format(R"({{"name": "a", "expires_at": "{}"}})", text)),
      ElementsAre("400 invalid",
                  "/expires_at: must be a time such as 2026-11-24T10:30:00Z, to the millisecond"));
}

TEST(Items, AreHeldToTheirSchema) {
  const auto& bulk = operation("record_usage_bulk");
  const auto check_line = [&](std::string_view line) {
    const auto checked = contract().check_item(bulk, parse_json(line).value());
    return checked ? std::vector<std::string>() : api::lines_of(checked.error().fields);
  };
  EXPECT_THAT(check_line(R"({"email": "rosa@example.org", "start": "2026-06-01T10:00:00Z",
                             "duration": 60, "energy_consumed": 1, "energy_type": "Renewable"})"),
              IsEmpty());
  EXPECT_THAT(check_line(R"({"start": "2026-06-01T10:00:00Z", "duration": 60, "end": "x",
                             "energy_consumed": -1, "energy_type": "Renewable"})"),
              ElementsAre("/end: must be a time such as 2026-11-24T10:30:00Z, to the millisecond",
                          "/energy_consumed: must be at least 0", "must have one of user_id, email",
                          "must have only one of duration, end"));
}

// Answers.

http::Response answer(int status, std::string body, std::vector<http::NamedValue> headers = {}) {
  return {.status = status,
          .content_type = status < 400 ? "application/json" : "application/problem+json",
          .headers = std::move(headers),
          .body = std::move(body),
          .log = {}};
}

TEST(Answers, AreHeldToTheContract) {
  const auto fault_of = [](std::string_view id, const http::Response& response) {
    return contract().find_answer_fault(operation(id), response).value_or("");
  };
  constexpr auto health = R"({"status": "ok"})";
  EXPECT_EQ(fault_of("get_liveness", answer(200, health)), "");
  EXPECT_EQ(fault_of("get_liveness", answer(200, R"({"status": "fine"})")),
            "get_liveness: the answer 200 has a body where status: must be ok");
  EXPECT_EQ(fault_of("get_liveness", answer(201, health)),
            "get_liveness: the answer 201 has a status that is not documented");
  EXPECT_THAT(fault_of("get_liveness", answer(200, "ok")), HasSubstr("has a body that is no JSON"));

  auto other_type = answer(200, health);
  other_type.content_type = "text/plain";
  EXPECT_EQ(
      fault_of("get_liveness", other_type),
      "get_liveness: the answer 200 has the content type 'text/plain', which is not documented");

  const auto broken = http::to_response(Error{.code = ErrorCode::internal}, http::Request{});
  EXPECT_THAT(fault_of("get_liveness", broken), HasSubstr("request_id: must not be empty"));
  http::Request request;
  request.request_id = "r1";
  EXPECT_EQ(
      fault_of("get_liveness", http::to_response(Error{.code = ErrorCode::internal}, request)), "");
}

TEST(Answers, HaveTheirHeaders) {
  const auto fault_of = [](std::string_view id, const http::Response& response) {
    return contract().find_answer_fault(operation(id), response).value_or("");
  };
  const http::Response unchanged{.status = 304, .headers = {{"ETag", "\"3.17\""}}};
  EXPECT_EQ(fault_of("get_reward", unchanged), "");
  EXPECT_EQ(fault_of("get_reward", {.status = 304}),
            "get_reward: the answer 304 lacks the header ETag");
  auto with_body = unchanged;
  with_body.body = "x";
  EXPECT_EQ(fault_of("get_reward", with_body),
            "get_reward: the answer 304 has a body; none is documented");
  EXPECT_EQ(fault_of("create_user", answer(201, "{}")),
            "create_user: the answer 201 lacks the header Location");
}

TEST(Answers, ThatAreStreamedHaveNoBodyYet) {
  const http::Response head{.status = 200, .content_type = "application/x-ndjson"};
  EXPECT_EQ(contract().find_answer_fault(operation("record_usage_bulk"), head), std::nullopt);
}

TEST(Answers, TheContractServesItself) {
  auto response = answer(200, std::string(contract_text()), {{"ETag", "\"1\""}});
  EXPECT_EQ(contract().find_answer_fault(operation("get_openapi"), response), std::nullopt);
}

// A contract that makes no sense.

std::string contract_with(std::string_view members, std::string_view path = "/a") {
  return fmt::format(R"({{
    "components": {{"schemas": {{
      "Id": {{"type": "string", "format": "uuid"}},
      "Loop": {{"items": {{"$ref": "#/components/schemas/Loop"}}}},
      "Circle": {{"$ref": "#/components/schemas/Circle"}}}}}},
    "paths": {{"{}": {{"post": {{
      "operationId": "make_a", "responses": {{"204": {{}}}}, "x-callers": ["anyone"], {}}}}}}}}})",
                     path, members);
}

TEST(Contract, RefusesWhatMakesNoSense) {
  const auto refusal_of = [](const std::string& text) {
    try {
      const Contract contract(text);
      return std::string("none");
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
  };
  const auto body_of = [](std::string_view schema) {
    return fmt::format(R"("requestBody": {{"content": {{"application/json": {{"schema": {}}}}}}})",
                       schema);
  };
  EXPECT_EQ(refusal_of(contract_with(R"("x-body": "streamed")")), "none");

  struct Case {
    std::string members;
    std::string_view refusal;
  };
  const std::vector<Case> cases{
      {R"("x-body": "slow")", "make_a: x-body is `streamed`, or absent"},
      {R"("parameters": [{"name": "a", "in": "cookie", "schema": {"type": "string"}}])",
       "make_a, parameters: `in` is path, query or header"},
      {R"("parameters": [{"name": "a", "in": "query"}])", "make_a, parameters: lacks schema"},
      {R"("parameters": [{"name": "a", "in": "query", "schema": {"type": "array"}}])",
       "make_a, parameters: a is neither text nor a number nor a boolean"},
      {R"("parameters": [{"name": "a", "in": "query", "schema": {"type": "string"}},
                         {"name": "a", "in": "query", "schema": {"type": "string"}}])",
       "make_a: the parameter a is there twice"},
      {R"("parameters": [{"name": "a", "in": "path", "required": true,
                          "schema": {"$ref": "#/components/schemas/Id"}}])",
       "make_a: the path does not have a, required"},
      {R"("parameters": [{"$ref": "#/components/parameters/A"}])",
       "make_a, parameters: #/components/parameters/A leads nowhere"},
      {body_of(R"({"$ref": "#/components/schemas/None"})"),
       "make_a, requestBody, content, application/json, schema: #/components/schemas/None leads "
       "nowhere"},
      {body_of(R"({"$ref": "#/components/schemas/Id", "minLength": 1})"),
       "make_a, requestBody, content, application/json, schema: a $ref is a text and stands alone"},
      {body_of(R"({"$ref": "#/components/schemas/Loop"})"),
       "make_a, requestBody, content, application/json, schema: a $ref leads back to itself"},
      {body_of(R"({"$ref": "#/components/schemas/Circle"})"),
       "make_a, requestBody, content, application/json, schema: #/components/schemas/Circle leads "
       "back to itself"},
      {body_of(R"({"properties": {"a": {"type": "string", "pattern": "a"}}})"),
       "make_a, requestBody, content, application/json, schema: /properties/a: a pattern needs a "
       "maxLength"},
      {R"("requestBody": {"content": {"text/csv": {"schema": {}}}})",
       "make_a, requestBody: a body that is not streamed is application/json alone"},
      {R"("summary": "A", "x": {"responses": 1}, "requestBody": [])",
       "make_a, requestBody: is no object"},
  };
  for (const auto& [members, refusal] : cases) {
    EXPECT_EQ(refusal_of(contract_with(members)), fmt::format("the contract: {}", refusal));
  }
  EXPECT_EQ(refusal_of(contract_with(R"("summary": "A")", "/a/{b}")),
            "the contract: make_a: nothing says what b of the path is");
  EXPECT_EQ(refusal_of(R"({"paths": {"/a": {"get": {"operationId": "a", "responses": {}}}}})"),
            "the contract: a: lacks x-callers");
  EXPECT_EQ(refusal_of(R"({"paths": {"/a": {"get": {"operationId": "a", "x-callers": ["me"]}}}})"),
            "the contract: a: x-callers has an unknown word");
  EXPECT_EQ(refusal_of(R"({"paths": {"/a": {"trace": {"operationId": "a"}}}})"),
            "the contract: a: trace is no method known here");
  EXPECT_EQ(refusal_of(R"({"paths": {"/a": {"get": {}}}})"),
            "the contract: paths, /a, get: lacks operationId");
  EXPECT_THAT(refusal_of("{"), StartsWith("the contract: "));
  EXPECT_EQ(refusal_of("{}"), "the contract: : lacks paths");
}

}  // namespace
}  // namespace wattback::api

// Who may call what: every operation of the contract, asked by every kind of caller.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "api/contract.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

enum class Who : std::uint8_t {
  anonymous,
  member,        // whose data the path names
  other_member,  // another one
  suspended,     // signed in before
  admin,
  usage_token,
  expired_token,
};

constexpr std::array everyone{Who::anonymous, Who::member,      Who::other_member, Who::suspended,
                              Who::admin,     Who::usage_token, Who::expired_token};

bool allows(const Operation& operation, CallerKind kind) {
  return std::ranges::find(operation.callers, kind) != operation.callers.end();
}

// The status that turns the caller away; nothing where it is let in.
std::optional<int> refusal_of(const Operation& operation, Who who) {
  if (allows(operation, CallerKind::anyone)) {
    return std::nullopt;
  }
  switch (who) {
    case Who::anonymous:
    case Who::suspended:
    case Who::expired_token:
      return 401;
    case Who::admin:
      return allows(operation, CallerKind::admin) ? std::nullopt : std::optional(403);
    case Who::usage_token:
      return allows(operation, CallerKind::usage_token) ? std::nullopt : std::optional(403);
    case Who::member:
    case Who::other_member:
      break;
  }
  if (!allows(operation, CallerKind::member)) {
    return 403;
  }
  const bool is_of_a_member = operation.path.contains("{user_id}");
  return who == Who::other_member && is_of_a_member ? std::optional(404) : std::nullopt;
}

class Callers : public ServiceOnStores {
 protected:
  Callers() {
    const auto contract = boost::json::parse(contract_text());
    const auto& paths = contract.at("paths").as_object();
    for (const auto& [path, item] : paths) {
      for (const auto& [method, operation] : item.as_object()) {
        if (operation.is_object()) {
          described[std::string(operation.at("operationId").as_string())] = operation.as_object();
        }
      }
    }
  }

  std::string bearer_of(Who who) {
    switch (who) {
      case Who::anonymous:
        return "";
      case Who::member:
        return session_of(programme.ana);
      case Who::other_member:
        return session_of(programme.ben);
      case Who::suspended:
        return suspended;
      case Who::admin:
        return session_of(programme.cat);
      case Who::usage_token:
        return token();
      case Who::expired_token:
        return expired;
    }
    return "";
  }

  // A request of the operation about ana, with the contract's own example as its body.
  Asked request_of(const Operation& operation, const std::string& bearer) {
    const auto& request = described.at(operation.operation_id);
    Asked asked{.method = to_text(operation.method),
                .path = path_of(operation.path),
                .bearer = bearer,
                .headers = {{"If-Match", "\"1.1\""}, {"Idempotency-Key", key}}};
    if (const auto* body = request.if_contains("requestBody")) {
      const auto& [type, content] = *body->at("content").as_object().begin();
      asked.headers["Content-Type"] = type;
      const auto& example = example_of(content.as_object());
      asked.body =
          example.is_string() ? std::string(example.as_string()) : boost::json::serialize(example);
    }
    if (operation.operation_id == "create_session") {
      asked.body = fmt::format(R"({{"email": "Ben@Example.org", "password": "{}"}})", password);
    } else if (operation.operation_id == "change_password") {
      asked.body =
          fmt::format(R"({{"current_password": "{}", "new_password": "another one"}})", password);
    }
    std::string query;
    for (const auto& parameter : parameters_of(request)) {
      query += fmt::format("{}{}", query.empty() ? "?" : "&", parameter);
    }
    asked.path += query;
    return asked;
  }

  std::map<std::string, boost::json::object, std::less<>> described;
  const std::string key = "walk";
  std::string suspended;
  std::string expired;

 private:
  static const boost::json::value& example_of(const boost::json::object& content) {
    if (const auto* example = content.if_contains("example")) {
      return *example;
    }
    return content.at("examples").as_object().begin()->value().at("value");
  }

  // The query parameters that must be there.
  static std::vector<std::string> parameters_of(const boost::json::object& operation) {
    std::vector<std::string> required;
    const auto* parameters = operation.if_contains("parameters");
    for (const auto& parameter :
         parameters != nullptr ? parameters->as_array() : boost::json::array()) {
      const auto& object = parameter.as_object();
      const auto* is_required = object.if_contains("required");
      if (is_required != nullptr && object.at("in") == "query") {
        required.push_back(fmt::format("{}={}", std::string_view(object.at("name").as_string()),
                                       std::string_view(object.at("example").as_string())));
      }
    }
    return required;
  }

  std::string path_of(std::string path) const {
    const std::map<std::string, std::string> values{{"user_id", to_text(programme.ana)},
                                                    {"session_id", to_text(programme.session)},
                                                    {"token_id", to_text(programme.token)},
                                                    {"reward_id", to_text(programme.lamp)},
                                                    {"import_id", to_text(programme.file)},
                                                    {"day", "2026-03-09"},
                                                    {"seq", "1"},
                                                    {"rules_version", "1"}};
    while (path.contains('{')) {
      const auto begin = path.find('{');
      const auto end = path.find('}');
      const auto name = path.substr(begin + 1, end - begin - 1);
      const auto found = values.find(name);
      path.replace(begin, end - begin + 1,
                   found != values.end() ? found->second : to_text(numbered_id()));
    }
    return path;
  }

  static Uuid numbered_id() { return test_support::numbered<UserId>(99).uuid; }
};

INSTANTIATE_TEST_SUITE_P(service, Callers, Callers::stores(), Callers::name_of);

TEST_P(Callers, EachIsLetInOrTurnedAwayAsTheContractSays) {
  expired = token(now + std::chrono::seconds(1));
  // The one suspended is somebody who signed in while active.
  const auto eve = test_support::numbered<UserId>(50);
  const auto made = committer.run(users::CreateUser{
      .user = eve, .name = "Eve", .email = "eve@example.org", .password = "a hash", .now = now});
  ASSERT_TRUE(made.has_value());
  suspended = session_of(eve);
  const auto edited =
      committer.run(users::EditUser{.user = eve, .status = users::Status::suspended, .now = now});
  ASSERT_TRUE(edited.has_value());
  now += std::chrono::seconds(2);

  const Contract contract{contract_text()};
  std::size_t cells = 0;
  for (const auto& operation : contract.operations()) {
    for (const auto who : everyone) {
      const auto answer = ask(request_of(operation, bearer_of(who)));
      const auto refusal = refusal_of(operation, who);
      ++cells;
      const auto cell = fmt::format("{} as {}: {} {}", operation.operation_id,
                                    static_cast<int>(who), answer.status, answer.body);
      if (refusal) {
        EXPECT_EQ(answer.status, *refusal) << cell;
      } else {
        EXPECT_THAT(answer.status, testing::AllOf(testing::Ge(200), testing::Lt(500),
                                                  testing::Ne(401), testing::Ne(403)))
            << cell;
      }
    }
  }
  EXPECT_EQ(cells, contract.operations().size() * everyone.size());
  EXPECT_GT(cells, 400U);
}

}  // namespace
}  // namespace wattback::api

// A service on a programme in use, and those who call it.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "access/commands.h"
#include "api/service.h"
#include "conformance/store_under_test.h"
#include "programme/commands.h"
#include "security/password.h"
#include "store/read.h"
#include "support/http_client.h"
#include "support/programme_in_use.h"

namespace wattback::api {

class ServiceFixture : public testing::Test {
 protected:
  static constexpr security::HashCost cheap{.operations = 1, .memory_bytes = 8UL * 1024};
  static constexpr const char* password = "correct horse";

  ServiceFixture() : ServiceFixture(ServiceOptions{}) {}
  explicit ServiceFixture(ServiceOptions options,
                          std::unique_ptr<store::conformance::StoreUnderTest> place =
                              store::conformance::make_memory_under_test())
      : place_(std::move(place)),
        store(place_->make()),
        programme(*store),
        committer(*store, store::product_schema()),
        thread(std::make_unique<commit::WorkingThreads>(committer)) {
    for (const auto& user : {programme.ana, programme.ben, programme.cat, programme.dan}) {
      programme.run(users::EditUser{.user = user,
                                    .password = security::hash_password(password, cheap).value(),
                                    .now = programme.now});
    }
    programme.run(programme::EditProgramme{.self_reporting = true});
    options.clock = [this] { return now; };
    options.hash_cost = cheap;
    options.checks_answers = true;
    service = start_service(*store, committer, std::move(options)).value();
  }
  ~ServiceFixture() override { service->stop(); }

  // The token of a session of a user, as if signed in with the password of then.
  std::string session_of(const UserId& user) {
    const auto found = store::fetch(*store, users::codec(), users::key(user)).value();
    const auto made = security::make_bearer(security::BearerKind::session, make_uuid_v7(now));
    committer
        .run(access::StartSession{.bearer = made.bearer,
                                  .user = user,
                                  .password = access::password_digest(found),
                                  .now = now})
        .value();
    return made.text;
  }

  std::string token(std::optional<Instant> expires_at = std::nullopt) {
    const auto made = security::make_bearer(security::BearerKind::token, make_uuid_v7(now));
    committer
        .run(access::CreateToken{
            .bearer = made.bearer, .name = "gateway", .expires_at = expires_at, .now = now})
        .value();
    return made.text;
  }

  struct Asked {
    std::string_view method;
    std::string path;
    std::string bearer;
    std::string body;
    std::map<std::string, std::string> headers;
  };

  test_support::Answer ask(const Asked& asked) {
    auto request = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", asked.method, asked.path);
    if (!asked.bearer.empty()) {
      request += fmt::format("Authorization: Bearer {}\r\n", asked.bearer);
    }
    auto headers = asked.headers;
    if (!asked.body.empty()) {
      headers.try_emplace("Content-Type", "application/json");
      headers.try_emplace("Content-Length", std::to_string(asked.body.size()));
    }
    for (const auto& [name, value] : headers) {
      request += fmt::format("{}: {}\r\n", name, value);
    }
    test_support::HttpClient client(service->port());
    return client.ask(request + "\r\n" + asked.body).value_or(test_support::Answer{});
  }

  test_support::Answer get(std::string path, std::string bearer = {},
                           std::map<std::string, std::string> headers = {}) {
    return ask({.method = "GET",
                .path = std::move(path),
                .bearer = std::move(bearer),
                .headers = std::move(headers)});
  }
  test_support::Answer post(std::string path, std::string bearer, std::string body,
                            std::map<std::string, std::string> headers = {}) {
    return ask({.method = "POST",
                .path = std::move(path),
                .bearer = std::move(bearer),
                .body = std::move(body),
                .headers = std::move(headers)});
  }
  static boost::json::value parse(const test_support::Answer& answer) {
    boost::system::error_code error;
    auto value = boost::json::parse(answer.body, error);
    EXPECT_FALSE(error) << answer.status << " " << answer.body;
    return value;
  }
  static std::string code(const test_support::Answer& answer) {
    const auto problem = parse(answer);
    return problem.is_object() ? std::string(problem.at("code").as_string()) : std::string();
  }

 private:
  std::unique_ptr<store::conformance::StoreUnderTest> place_;

 protected:
  std::unique_ptr<store::Store> store;
  test_support::ProgrammeInUse programme;
  Instant now = programme.now + std::chrono::hours(2);
  commit::Committer committer;
  std::unique_ptr<commit::WorkingThreads> thread;
  std::unique_ptr<Service> service;
};

// What a service answers must not depend on its store.
class ServiceOnStores : public ServiceFixture,
                        public testing::WithParamInterface<store::conformance::StoreFactory> {
 protected:
  ServiceOnStores() : ServiceFixture({}, GetParam().make()) {}

 public:
  static auto stores() {
    using store::conformance::StoreFactory;
    return testing::Values(
        StoreFactory{.name = "InMemory", .make = store::conformance::make_memory_under_test},
        StoreFactory{.name = "OnMongo", .make = store::conformance::make_mongo_under_test});
  }
  static std::string name_of(const testing::TestParamInfo<ParamType>& info) {
    return info.param.name;
  }
};

}  // namespace wattback::api

// Who may no longer, or not yet, be let in once what was asked for begins.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/resources.h"
#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "support/service_fixture.h"

namespace wattback::api {
namespace {

using test_support::HttpClient;

// --- what is sent for long

class RevokedWhileSending : public ServiceFixture {
 protected:
  RevokedWhileSending() {
    programme.run(users::EditUser{.user = programme.ben, .role = users::Role::admin, .now = now});
    imports_before = imports();
  }

  // The answer to a body whose sender loses the right to it while it is sent.
  test_support::Answer send_and_revoke(std::string_view request, std::string_view body,
                                       const std::function<void()>& revoke) {
    HttpClient client(service->port());
    const auto half = body.size() / 2;
    client.send(fmt::format("{}Host: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
                            request, body.size()));
    EXPECT_EQ(client.answer().value_or(test_support::Answer{}).status, 100);
    client.send(body.substr(0, half));
    revoke();
    client.send(body.substr(half));
    return client.answer().value_or(test_support::Answer{});
  }

  test_support::Answer send_bulk(const std::function<void()>& revoke) {
    const auto body =
        fmt::format(R"({{"user_id": "{}", "start": "2026-03-01T10:00:00Z", "duration": 3600, )"
                    R"("energy_consumed": 2, "energy_type": "Renewable"}})"
                    "\n",
                    to_text(programme.ben));
    return send_and_revoke(fmt::format("POST /api/v1/usage:bulk HTTP/1.1\r\n"
                                       "Authorization: Bearer {}\r\nIdempotency-Key: a-bulk\r\n"
                                       "Content-Type: application/x-ndjson\r\n",
                                       gateway),
                           body, revoke);
  }

  test_support::Answer send_import(const std::function<void()>& revoke) {
    return send_and_revoke(
        fmt::format(
            "POST /api/v1/imports?energy_type=Renewable&interval=3600&user_id={} HTTP/1.1\r\n"
            "Authorization: Bearer {}\r\nContent-Type: text/csv\r\n",
            to_text(programme.ben), cat),
        "start,kwh\n2026-03-01T10:00:00Z,1\n", revoke);
  }

  void edit_cat(users::EditUser edit) {
    edit.user = programme.cat;
    edit.other_administrator = programme.ben;
    edit.now = now;
    programme.run(std::move(edit));
  }

  std::size_t imports() {
    return parse(get("/api/v1/imports", session_of(programme.ben))).at("data").as_array().size();
  }

  const std::string gateway = token();
  const std::string cat = session_of(programme.cat);
  std::size_t imports_before = 0;
};

TEST_F(RevokedWhileSending, WhoMayStillIsServed) {
  EXPECT_EQ(send_bulk([] {}).status, 200);
  EXPECT_EQ(send_import([] {}).status, 201);
  EXPECT_EQ(imports(), imports_before + 2);
}

TEST_F(RevokedWhileSending, ABulkOfATokenIsNotTakenIn) {
  const auto tokens = parse(get("/api/v1/tokens", cat)).at("data").as_array();
  const auto id = parse_uuid(tokens.front().at("token_id").as_string()).value();
  const auto answer = send_bulk(
      [&] { committer.run(access::RevokeToken{.token = TokenId{id}, .now = now}).value(); });
  EXPECT_EQ(answer.status, 401) << answer.body;
  EXPECT_EQ(imports(), imports_before);
}

TEST_F(RevokedWhileSending, AnImportOfOneWhoIsSuspendedIsNotTakenIn) {
  const auto answer = send_import([this] { edit_cat({.status = users::Status::suspended}); });
  EXPECT_EQ(answer.status, 401) << answer.body;
  EXPECT_EQ(imports(), imports_before);
}

TEST_F(RevokedWhileSending, AnImportOfOneWhoIsNoLongerAnAdministratorIsNotTakenIn) {
  const auto answer = send_import([this] { edit_cat({.role = users::Role::user}); });
  EXPECT_EQ(answer.status, 403) << answer.body;
  EXPECT_EQ(imports(), imports_before);
}

// --- passwords that nobody looked at

// Holds whoever looks for a user by email until it is opened.
class GatedStore final : public store::Layer {
 public:
  using Layer::Layer;

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    if (collection == users::collection && keys.front().index != store::primary_index) {
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [this] { return is_open_; });
    }
    return Layer::get(collection, keys);
  }

  void set_open(bool is_open) {
    const std::lock_guard lock(mutex_);
    is_open_ = is_open;
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = true;
};

class GatedUnderTest final : public store::conformance::StoreUnderTest {
 public:
  std::unique_ptr<store::Store> make() override {
    return std::make_unique<GatedStore>(store::make_memory_store());
  }
  std::unique_ptr<store::Store> reopen() override { return nullptr; }
};

class Crowded : public ServiceFixture {
 protected:
  Crowded() : ServiceFixture({}, std::make_unique<GatedUnderTest>()) {}
  ~Crowded() override { leave(); }

  int sign_in(const std::string& email) {
    return post("/api/v1/sessions", {},
                fmt::format(R"({{"email": "{}", "password": "{}"}})", email, password))
        .status;
  }

  // As many as may wait for a password to be looked at, and a few that are turned away.
  void crowd() {
    gate().set_open(false);
    constexpr int more = 8;
    for (int i = 0; i < Hashing::waiting_max + more; ++i) {
      crowd_.emplace_back([this, i] {
        if (sign_in(fmt::format("nobody-{}@example.org", i)) == 503) {
          ++turned_away_;
        }
      });
    }
    while (turned_away_ < more) {
      std::this_thread::yield();
    }
  }

  void leave() {
    gate().set_open(true);
    crowd_.clear();
  }

 private:
  GatedStore& gate() { return dynamic_cast<GatedStore&>(*store); }

  std::atomic<int> turned_away_ = 0;
  std::vector<std::jthread> crowd_;
};

TEST_F(Crowded, ASignInThatIsTurnedAwayCountsForNoTry) {
  crowd();
  constexpr int more_than_may_fail = 12;
  for (int i = 0; i < more_than_may_fail; ++i) {
    EXPECT_EQ(sign_in("ana@example.org"), 503);
  }
  leave();
  EXPECT_EQ(sign_in("ana@example.org"), 201);
}

}  // namespace
}  // namespace wattback::api

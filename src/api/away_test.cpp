// A store that goes away in the middle of a request.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "access/commands.h"
#include "api/service.h"
#include "importers/import.h"
#include "security/bearer.h"
#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "support/http_client.h"
#include "support/programme_in_use.h"

namespace wattback::api {
namespace {

// Of which one collection can't be read any more.
class AwayStore final : public store::Layer {
 public:
  AwayStore() : Layer(store::make_memory_store()) { Layer::apply_schema(store::product_schema()); }

  std::vector<std::optional<store::Document>> get(store::Collection collection,
                                                  std::span<const store::Key> keys) override {
    if (away_ && collection == importers::collection) {
      throw store::StoreUnavailable("nobody answers");
    }
    return Layer::get(collection, keys);
  }

  void leave() { away_ = true; }

 private:
  std::atomic<bool> away_ = false;
};

TEST(Away, AnImportIsAnsweredThatItMayBeSentAgain) {
  AwayStore store;
  test_support::ProgrammeInUse programme(store);
  commit::Committer committer(store, store::product_schema());
  const commit::WorkingThreads threads(committer);
  const auto session =
      security::make_bearer(security::BearerKind::session, make_uuid_v7(programme.now));
  const auto cat = store::fetch(store, users::codec(), users::key(programme.cat)).value();
  ASSERT_TRUE(committer.run(access::StartSession{.bearer = session.bearer,
                                                 .user = programme.cat,
                                                 .password = access::password_digest(cat),
                                                 .now = programme.now}));
  const auto service =
      start_service(store, committer, {.clock = [&] { return programme.now; }}).value();
  store.leave();
  test_support::HttpClient client(service->port());
  const std::string body = "start,kwh\n2026-03-18T10:00:00Z,1\n";
  const auto answer = client.ask(
      fmt::format("POST /api/v1/imports?energy_type=Renewable&interval=3600&user_id={} HTTP/1.1\r\n"
                  "Host: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: text/csv\r\n"
                  "Content-Length: {}\r\n\r\n{}",
                  to_text(programme.ana), session.text, body.size(), body));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503) << answer->body;
  EXPECT_EQ(answer->header("retry-after"), "5");
  service->stop();
}

}  // namespace
}  // namespace wattback::api

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>

#include "access/commands.h"
#include "api/service.h"
#include "security/bearer.h"
#include "store/layers/layer.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "support/http_client.h"
#include "support/programme_in_use.h"

namespace wattback::api {
namespace {

// A store whose commits take as long as somebody wants.
class HeldStore final : public store::Layer {
 public:
  HeldStore() : Layer(store::make_memory_store()) { Layer::apply_schema(store::product_schema()); }

  store::CommitResult commit(const store::ChangeSet& changes) override {
    if (is_held_) {
      is_waited_for_ = true;
      is_waited_for_.notify_all();
      go_on_.wait();
    }
    return Layer::commit(changes);
  }

  void hold() { is_held_ = true; }
  void wait_for_a_commit() { is_waited_for_.wait(false); }
  void go_on() { go_on_.count_down(); }

 private:
  std::atomic<bool> is_held_ = false;
  std::atomic<bool> is_waited_for_ = false;
  std::latch go_on_{1};
};

// However long the committer takes: it resumes what is the service's.
TEST(Stopping, WaitsForTheCommandsThatWereTakenIn) {
  HeldStore store;
  test_support::ProgrammeInUse programme(store);
  commit::Committer committer(store, store::product_schema());
  const commit::WorkingThreads threads(committer);
  const auto session =
      security::make_bearer(security::BearerKind::session, make_uuid_v7(programme.now));
  const auto ana = store::fetch(store, users::codec(), users::key(programme.ana)).value();
  ASSERT_TRUE(committer.run(access::StartSession{.bearer = session.bearer,
                                                 .user = programme.ana,
                                                 .password = access::password_digest(ana),
                                                 .now = programme.now}));
  auto service = start_service(store, committer,
                               {.limits = {.drain_time_max = std::chrono::milliseconds(50)},
                                .clock = [&] { return programme.now; }})
                     .value();
  store.hold();
  test_support::HttpClient client(service->port());
  ASSERT_TRUE(
      client.send("DELETE /api/v1/me/sessions/current HTTP/1.1\r\nHost: x\r\n"
                  "Authorization: Bearer " +
                  session.text + "\r\n\r\n"));
  store.wait_for_a_commit();
  std::atomic<bool> has_gone_on = false;
  const std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    has_gone_on = true;
    store.go_on();
  });
  service->stop();
  EXPECT_TRUE(has_gone_on);
  service.reset();
}

}  // namespace
}  // namespace wattback::api

// A store that can't settle what it is sent for a while: a database server is waited for.
#include "store/patience.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "importers/initial_load.h"
#include "importers/input_fixture.h"
#include "importers/run.h"
#include "support/faulty_programme.h"

namespace wattback::importers {
namespace {

using test_support::Fault;

class Patient : public test_support::FaultyProgramme {
 protected:
  void be_a_server() {
    auto capabilities = below().capabilities();
    capabilities.remote = true;
    faulty().set_capabilities(capabilities);
  }

  Result<LoadCounts> load() {
    faulty().set_plan(test_support::in_turn({test_support::unavailable()}));
    auto input = make_input("email,name\nana@example.org,Ana\nbea@example.org,Bea\n");
    return load_users(faulty(), committer(), [] { return now; }, input, actor, LoadMode::commit,
                      {});
  }

  // Of a member's readings; the fault meets the first piece.
  Result<ImportResult> import() {
    EXPECT_TRUE(load());
    faulty().set_plan(test_support::in_turn({Fault{}, test_support::unavailable()}));
    auto input = make_input(
        "user,start,duration,value\nana@example.org,2026-03-01T00:00:00Z,3600,1\n"
        "bea@example.org,2026-03-01T00:00:00Z,3600,1\n");
    return run_import(faulty(), committer(), [] { return now; }, input,
                      {.energy_type = EnergyType::renewable,
                       .actor = actor,
                       .unsettled_max = store::unsettled_max_of(faulty())},
                      {});
  }
};

TEST_F(Patient, AnInitialLoadWaitsForAServer) {
  be_a_server();
  const auto counts = load();
  ASSERT_TRUE(counts) << counts.error().detail;
  EXPECT_EQ(counts->created, 2);
  EXPECT_EQ(counts->rejected, 0);
}

TEST_F(Patient, AnImportWaitsForAServer) {
  be_a_server();
  const auto result = import();
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->counts.accepted, 2);
}

TEST_F(Patient, WhoWaitsForLongIsTold) {
  be_a_server();
  const std::vector<Fault> faults(8, test_support::unavailable());  // a try each half second
  faulty().set_plan(test_support::in_turn(faults));
  auto input = make_input("email,name\nana@example.org,Ana\n");
  std::size_t told = 0;
  const auto counts = load_users(faulty(), committer(), [] { return now; }, input, actor,
                                 LoadMode::commit, {.waits = [&](const Error& error) {
                                   ++told;
                                   EXPECT_FALSE(error.log.empty());
                                 }});
  ASSERT_TRUE(counts) << counts.error().detail;
  EXPECT_EQ(counts->created, 1);
  EXPECT_GT(told, 0U);
  EXPECT_LT(told, faults.size() / 2);  // not at once
}

TEST_F(Patient, NobodyWaitsForAFile) {
  const auto counts = load();
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().code, ErrorCode::unavailable);
}

// A server that ends stops an import between two pieces; sent again it goes on.
class Stopped : public Patient {
 protected:
  static constexpr int days = 400;  // more pieces, of two each, than are in flight

  Result<ImportResult> import_until(const std::stop_token& stop,
                                    const std::function<void(const TakenRecord&)>& taken = {}) {
    std::string text = "user,start,duration,value\n";
    for (int hour = 0; hour < 24 * days; ++hour) {
      text += fmt::format("ana@example.org,{},3600,1\n",
                          to_text(now - std::chrono::hours(24 * (days + 1) - hour)));
    }
    auto input = make_input(text);
    return run_import(faulty(), committer(), [] { return now; }, input,
                      {.energy_type = EnergyType::renewable, .actor = actor, .stop = stop},
                      {.taken = taken});
  }
};

TEST_F(Stopped, AnImportGoesOnWhenItIsSentAgain) {
  be_a_server();
  ASSERT_TRUE(load());
  std::stop_source stop;
  const auto stopped =
      import_until(stop.get_token(), [&](const TakenRecord&) { stop.request_stop(); });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::unavailable);
  const auto resumed = import_until({});
  ASSERT_TRUE(resumed) << resumed.error().detail;
  EXPECT_TRUE(resumed->resumed);
  EXPECT_EQ(resumed->counts.accepted, 24 * days);
}

TEST_F(Stopped, NothingBeginsAnyMore) {
  be_a_server();
  ASSERT_TRUE(load());
  const std::stop_source stop;
  stop.request_stop();
  ASSERT_FALSE(import_until(stop.get_token()));
  const auto anew = import_until({});
  ASSERT_TRUE(anew);
  EXPECT_FALSE(anew->resumed);
}

// Others write the same members all the time: each second commit is refused, and what was in flight
// behind it is decided out of turn.
TEST_F(Stopped, NotByOthersThatWriteTheSame) {
  be_a_server();
  ASSERT_TRUE(load());
  faulty().set_plan([count = 0](const store::ChangeSet&) mutable {
    return ++count % 2 == 0 ? test_support::refused(store::Refusal::Reason::conflict) : Fault{};
  });
  const auto imported = import_until({});
  ASSERT_TRUE(imported) << imported.error().detail;
  EXPECT_EQ(imported->counts.accepted, 24 * days);
}

// All that a dry run would write is held until it ends.
TEST_F(Patient, ADryRunHoldsSoManyReadingsAtMost) {
  be_a_server();
  ASSERT_TRUE(load());
  const auto try_out = [&](std::int64_t records_max) {
    auto input = make_input(
        "user,start,duration,value\nana@example.org,2026-03-01T00:00:00Z,3600,1\n"
        "bea@example.org,2026-03-01T00:00:00Z,3600,1\n");
    return dry_run_import(
        faulty(), [] { return now; }, input,
        {.energy_type = EnergyType::renewable, .actor = actor, .dry_records_max = records_max}, {});
  };
  EXPECT_EQ(try_out(2)->counts.accepted, 2);
  EXPECT_EQ(try_out(1).error().code, ErrorCode::limit_exceeded);
}

TEST(Patience, HasAnEnd) {
  store::Patience patience(Milliseconds(0));
  EXPECT_FALSE(patience.wait());
}

}  // namespace
}  // namespace wattback::importers

// The store forgets to say that a commit of an import, of its withdrawal or of the initial load
// happened: each is done once.
#include <gtest/gtest.h>

#include <span>
#include <utility>
#include <vector>

#include "importers/initial_load.h"
#include "importers/input_fixture.h"
#include "importers/run.h"
#include "importers/withdraw.h"
#include "store/patience.h"
#include "support/faulty_programme.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

using test_support::Fault;

const UserId user{make_uuid_v8({1})};

class UnknownCommits : public test_support::FaultyProgramme {
 protected:
  UnknownCommits() {
    EXPECT_TRUE(committer().run(users::CreateUser{.user = user,
                                                  .name = "Ana",
                                                  .email = "ana@example.org",
                                                  .time_zone = std::nullopt,
                                                  .now = now}));
  }

  ImportId import_two_kilowatt_hours() {
    auto input = make_input(
        "start,duration,value\n2026-03-01T00:00:00Z,3600,1\n2026-03-01T01:00:00Z,3600,1\n");
    const auto imported =
        run_import(below(), committer(), [] { return now; }, input,
                   {.user = user, .energy_type = EnergyType::renewable, .actor = actor}, {});
    EXPECT_TRUE(imported);
    EXPECT_EQ(imported->import.status, ImportStatus::done);
    EXPECT_EQ(imported->counts.accepted, 2);
    return imported->import.import_id;
  }

  // Of its three commits, the one that is forgotten.
  void expect_imported_once(std::vector<Fault> faults) {
    faulty().set_plan(test_support::in_turn(std::move(faults)));
    const auto before = faulty().met(Fault::Kind::none);
    import_two_kilowatt_hours();
    EXPECT_EQ(faulty().met(Fault::Kind::unknown_after), 1U);
    EXPECT_EQ(faulty().met(Fault::Kind::none), before + 2);
    EXPECT_EQ(ana().total_points, Points{20});
    EXPECT_EQ(ana().ledger_seq, 1);
  }

  LoadCounts load_users_forgetting(const std::string& rows) {
    faulty().set_plan(test_support::in_turn({test_support::unknown_after()}));
    auto input = make_input(rows);
    const auto loaded =
        load_users(below(), committer(), [] { return now; }, input, actor, LoadMode::commit, {});
    EXPECT_TRUE(loaded) << loaded.error().detail;
    EXPECT_EQ(faulty().met(Fault::Kind::unknown_after), 1U);
    return *loaded;
  }

  Withdrawal withdraw(const ImportId& import, std::vector<Fault> faults) {
    faulty().set_plan(test_support::in_turn(std::move(faults)));
    auto withdrawn =
        withdraw_import(below(), committer(), [] { return now; }, import, "mistake", actor);
    EXPECT_TRUE(withdrawn) << withdrawn.error().detail;
    EXPECT_EQ(faulty().met(Fault::Kind::unknown_after), 1U);
    return *std::move(withdrawn);
  }

  users::User ana() { return users::find(below(), user).value(); }
  users::User bea() { return users::find_by_email(below(), "bea@example.org").value(); }
};

TEST_F(UnknownCommits, OfBeginningAnImport) {
  expect_imported_once({test_support::unknown_after()});
}

TEST_F(UnknownCommits, OfAPieceOfAnImport) {
  expect_imported_once({Fault{}, test_support::unknown_after()});
}

// MongoDB was away when it was looked for, so that the piece is sent again.
TEST_F(UnknownCommits, OfAPieceTellsWhatItRejected) {
  import_two_kilowatt_hours();
  auto capabilities = below().capabilities();
  capabilities.remote = true;
  faulty().set_capabilities(capabilities);
  faulty().set_plan(test_support::in_turn({Fault{}, test_support::unknown_after()}));
  bool was_away = false;
  faulty().set_before_get([&](std::span<const store::Key>) {
    if (faulty().met(Fault::Kind::unknown_after) == 1 && !std::exchange(was_away, true)) {
      throw store::StoreUnavailable("away");
    }
  });
  std::vector<std::int64_t> rejected;
  auto input = make_input(
      "start,duration,value\n2027-03-01T00:00:00Z,3600,9\n2026-03-01T02:00:00Z,3600,1\n");
  const auto imported = run_import(
      faulty(), committer(), [] { return now; }, input,
      {.user = user,
       .energy_type = EnergyType::renewable,
       .actor = actor,
       .unsettled_max = store::unsettled_max_of(faulty())},
      {.rejected = [&](const RejectedRecord& record) { rejected.push_back(record.line); }});
  ASSERT_TRUE(imported) << imported.error().detail;
  EXPECT_TRUE(was_away);
  EXPECT_EQ(imported->counts.accepted, 1);
  EXPECT_EQ(imported->counts.rejected, 1);
  EXPECT_EQ(rejected, std::vector<std::int64_t>{2});
}

TEST_F(UnknownCommits, OfMarkingAnImportDone) {
  expect_imported_once({Fault{}, Fault{}, test_support::unknown_after()});
}

TEST_F(UnknownCommits, OfMarkingAnImportWithdrawn) {
  const auto import = import_two_kilowatt_hours();
  ASSERT_EQ(ana().total_points, Points{20});
  const auto withdrawn = withdraw(import, {test_support::unknown_after()});
  EXPECT_EQ(withdrawn.import.status, ImportStatus::withdrawn);
  EXPECT_EQ(withdrawn.restated, 2);
  EXPECT_EQ(ana().total_points, Points{0});
}

TEST_F(UnknownCommits, OfTakingReadingsBack) {
  const auto import = import_two_kilowatt_hours();
  const auto entries = ana().ledger_seq;
  const auto withdrawn = withdraw(import, {Fault{}, test_support::unknown_after()});
  EXPECT_EQ(withdrawn.restated, 2);
  EXPECT_EQ(ana().total_points, Points{0});
  EXPECT_EQ(ana().ledger_seq, entries + 1);
}

TEST_F(UnknownCommits, OfARowOfTheInitialLoad) {
  const auto counts = load_users_forgetting("email,name,opening_points\nbea@example.org,Bea,50\n");
  EXPECT_EQ(counts.created, 1);
  EXPECT_EQ(bea().total_points, Points{50});
  EXPECT_EQ(bea().ledger_seq, 1);
}

}  // namespace
}  // namespace wattback::importers

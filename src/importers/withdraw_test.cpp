// The store forgets to say that a commit of a withdrawal happened: each is done once.
#include "importers/withdraw.h"

#include <gtest/gtest.h>

#include "earning/commands.h"
#include "importers/input_fixture.h"
#include "importers/run.h"
#include "store/memory/memory_store.h"
#include "support/faulty_store.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::importers {
namespace {

using test_support::Fault;
using test_support::FaultyStore;

const Instant now = *parse_instant("2026-03-05T00:00:00Z");
const UserId user{make_uuid_v8({1})};
const Actor actor{Uuid{}};

class Withdrawing : public testing::Test {
 protected:
  Withdrawing() {
    below_->apply_schema(store::product_schema());
    EXPECT_TRUE(committer_.run(earning::StartProgramme{.name = "Riverside",
                                                       .time_zone = TimeZone::utc(),
                                                       .terms = {.rates = {{"Renewable", 10'000}}},
                                                       .actor = actor,
                                                       .now = now}));
    EXPECT_TRUE(committer_.run(users::CreateUser{.user = user,
                                                 .name = "Ana",
                                                 .email = "ana@example.org",
                                                 .time_zone = std::nullopt,
                                                 .now = now}));
  }

  ImportId import_two_kilowatt_hours() {
    auto input = make_input(
        "start,duration,value\n2026-03-01T00:00:00Z,3600,1\n2026-03-01T01:00:00Z,3600,1\n");
    const auto imported =
        run_import(*below_, committer_, [] { return now; }, input,
                   {.user = user, .energy_type = EnergyType::renewable, .actor = actor}, {});
    EXPECT_TRUE(imported);
    return imported->import.import_id;
  }

  Withdrawal withdraw(const ImportId& import, std::vector<Fault> faults) {
    faulty_.set_plan(test_support::in_turn(std::move(faults)));
    auto withdrawn =
        withdraw_import(*below_, committer_, [] { return now; }, import, "mistake", actor);
    EXPECT_TRUE(withdrawn) << withdrawn.error().detail;
    EXPECT_EQ(faulty_.met(Fault::Kind::unknown_after), 1U);
    return *std::move(withdrawn);
  }

  users::User ana() { return users::find(*below_, user).value(); }

 private:
  std::unique_ptr<store::Store> below_ = store::make_memory_store();
  FaultyStore faulty_{*below_};
  commit::Committer committer_{faulty_, store::product_schema()};
  commit::WorkingThread thread_{committer_};
};

TEST_F(Withdrawing, MarksTheImportOnce) {
  const auto import = import_two_kilowatt_hours();
  ASSERT_EQ(ana().total_points, Points{20});
  const auto withdrawn = withdraw(import, {test_support::unknown_after()});
  EXPECT_EQ(withdrawn.import.status, ImportStatus::withdrawn);
  EXPECT_EQ(withdrawn.restated, 2);
  EXPECT_EQ(ana().total_points, Points{0});
}

TEST_F(Withdrawing, TakesReadingsBackOnce) {
  const auto import = import_two_kilowatt_hours();
  const auto entries = ana().ledger_seq;
  const auto withdrawn = withdraw(import, {Fault{}, test_support::unknown_after()});
  EXPECT_EQ(withdrawn.restated, 0);  // decided again it finds them taken back, and counts no change
  EXPECT_EQ(ana().total_points, Points{0});
  EXPECT_EQ(ana().ledger_seq, entries + 1);
}

}  // namespace
}  // namespace wattback::importers

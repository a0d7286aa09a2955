// A programme in the embedded store whose machine loses its power: what was acknowledged is there
// exactly once, what was not is there at most once and whole. WATTBACK_SEED replays one machine,
// but for what a thread of the store moves beside it; WATTBACK_DOSE=night tries a hundred thousand,
// or so many as WATTBACK_MACHINES says: a night in pieces.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "faults/power/lives.h"
#include "simulation/run_seed.h"

namespace wattback::power {
namespace {

using simulation::Tally;

constexpr int cuts_a_machine = 4;
constexpr int log_never_reached = 16'384;  // pages: no thread moves it, and the seed says all

bool is_night() { return simulation::dose() > 1; }

std::uint64_t machine_count() {
  const char* said = std::getenv("WATTBACK_MACHINES");
  const std::uint64_t of_dose = is_night() ? 100'000 : 200;
  return said != nullptr ? std::strtoull(said, nullptr, 10) : of_dose;
}

// What a run must have seen to be worth anything, wherever it cuts.
constexpr std::array hunted{"cuts that lost a write",
                            "cuts that tore a write",
                            "cuts that lost a truncation",
                            "cuts that lost a name made or removed",
                            "after a cut: nothing was under way",
                            "after a cut: what was under way is there",
                            "after a cut: what was under way is absent",
                            "cut while making the journal",
                            "cut while writing the journal",
                            "cut while syncing the journal",
                            "cut while writing the store",
                            "cut while syncing the store",
                            "a log moved into the store by another",
                            "cut while a thread moved the log",
                            "cut while making the log",
                            "cut while writing the log",
                            "cut while syncing the log",
                            "cut while removing the log"};

void expect_hunted(const Tally& tally) {
  for (const char* what : hunted) {
    EXPECT_GT(tally.seen(what), 0U) << "never happened: " << what;
  }
}

void print(std::string_view name, const Tally& tally) {
  fmt::print("{}:\n{}", name, tally.to_text());
  std::fflush(stdout);
}

// Seeds until so many cuts were made, or the one to replay.
template <class Run>
void run_until(std::uint64_t cuts, Tally& tally, Run run) {
  constexpr std::uint64_t first_by_day = 1000;
  if (!is_night() && !simulation::seed_to_replay()) {
    fmt::print("WATTBACK_SEED={} and those after it\n", first_by_day);
  }
  std::random_device device;
  for (std::uint64_t i = 0; tally.seen("cuts") < cuts; ++i) {
    const auto replayed = simulation::seed_to_replay();
    const auto seed = replayed.value_or(is_night() ? device() : first_by_day + i);
    if (is_night()) {
      fmt::print("WATTBACK_SEED={}\n", seed);  // should the program itself end
      std::fflush(stdout);
    }
    const auto failure = run(seed);
    ASSERT_FALSE(failure) << "WATTBACK_SEED=" << seed << ": " << *failure;
    if (replayed) {
      return;
    }
  }
}

TEST(Power, MayGoAtAnyTime) {
  Tally tally;
  run_until(machine_count() * cuts_a_machine, tally,
            [&](std::uint64_t seed) { return Lives({.seed = seed}, tally).run(cuts_a_machine); });
  print("the power went at random", tally);
  if (!simulation::seed_to_replay() && !HasFatalFailure()) {
    EXPECT_GT(tally.seen("commands sent again"), 0U);
    EXPECT_GT(tally.seen("cut at rest"), 0U);
    expect_hunted(tally);
  }
}

TEST(Power, MayGoAtEachWriteOfAWorkload) {
  Tally tally;
  const auto seed = simulation::seed_to_replay().value_or(7);
  simulation::tell_seed("every write", seed);
  const auto failure =
      Lives({.seed = seed, .commands = 120, .log_pages = {log_never_reached}}, tally)
          .run_judging_every_moment();
  print("the power went at every write", tally);
  ASSERT_FALSE(failure) << "WATTBACK_SEED=" << seed << ": " << *failure;
  for (const char* what : {"cuts", "cut while writing the log", "cut while syncing the log",
                           "cut while writing the store", "cut while syncing the store"}) {
    EXPECT_GT(tally.seen(what), 0U) << "never happened: " << what;
  }
}

// The judge finds what a disk loses that says it is done and is not.
void expect_losses(Honesty honesty) {
  constexpr int machines = 20;
  Tally tally;
  int found = 0;
  for (std::uint64_t seed = 1; seed <= machines; ++seed) {
    const LivesOptions options{.seed = seed, .honesty = honesty, .log_pages = {log_never_reached}};
    const auto failure = Lives(options, tally).run(cuts_a_machine);
    if (failure) {
      ++found;
      fmt::print("seed {}: {}\n", seed, failure->substr(0, failure->find('\n')));
    }
  }
  EXPECT_GE(found, machines / 3);
}

TEST(Power, IsMissedWhereSyncsDoNothing) { expect_losses(Honesty::forgets_contents); }

TEST(Power, IsMissedWhereSyncsOfTheFolderDoNothing) { expect_losses(Honesty::forgets_names); }

}  // namespace
}  // namespace wattback::power

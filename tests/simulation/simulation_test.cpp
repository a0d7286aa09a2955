// The programme under random load and bad days, against the model; on each store, and the same on
// both. WATTBACK_SEED replays one episode; WATTBACK_DOSE=night runs a hundred times as many.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "simulation/backend.h"
#include "simulation/episode.h"
#include "simulation/run_seed.h"

namespace wattback::simulation {
namespace {

constexpr std::size_t commands_an_episode = 2'500;

// All that a run must have seen to be worth anything.
constexpr std::array hunted{
    "fault: a conflict with the other server",
    "fault: a refusal that names keys",
    "fault: a refusal that names no key",
    "fault: commit unavailable",
    "fault: load unavailable",
    "fault: commit unknown, did not happen",
    "fault: commit unknown, happened",
    "fault: the other server wrote before a commit",
    "fault: the other server wrote before a load",
    "a group decided while another was committed",
    "restart",
    "answered: unavailable",
    "answered: overloaded",
    "answered as decided before an unknown commit",
    "a group that another's write overtook",
    "a command too many for one commit",
    "ledger: earned",
    "ledger: restated",
    "ledger: redeemed",
    "ledger: refunded",
    "ledger: adjusted",
    "ledger: entries that make or repay owed points",
    "members owing in the end",
    "withdrawn readings",
    "documents audited",
    "replayed: redeem",
    "replayed: adjust",
    "replayed: write off",
    "replayed: move stock",
    "replayed: record piece",
    "told a balance of before: redeem",
    "told a balance of before: adjust",
    "told a balance of before: cancel",
    "reading: accepted",
    "reading: duplicate",
    "reading: restated",
    "reading: superseded",
    "reading: conflict",
    "reading: invalid",
    "reading: limit_exceeded",
    "decided: create user: done",
    "decided: create user: already_exists",
    "decided: edit user: done",
    "decided: edit user: precondition_failed",
    "decided: edit user: last_administrator",
    "decided: edit user: already_exists",
    "decided: edit user: internal",
    "decided: create meter: done",
    "decided: relabel meter: done",
    "decided: relabel meter: already_exists",
    "decided: edit programme: done",
    "decided: publish rules: done",
    "decided: publish rules: conflict",
    "decided: publish rules: invalid",
    "decided: record: not_found",
    "decided: start import: done",
    "decided: start import: conflict",
    "decided: record piece: conflict",
    "decided: record piece: invalid",
    "decided: finish import: done",
    "decided: withdraw import: done",
    "decided: adjust: done",
    "decided: adjust: key_reused",
    "decided: adjust: invalid",
    "decided: adjust: insufficient_points",
    "decided: adjust: limit_exceeded",
    "decided: write off: done",
    "decided: write off: limit_exceeded",
    "decided: create reward: done",
    "decided: create reward: already_exists",
    "decided: edit reward: done",
    "decided: edit reward: precondition_failed",
    "decided: move stock: done",
    "decided: move stock: key_reused",
    "decided: move stock: out_of_stock",
    "decided: move stock: limit_exceeded",
    "decided: redeem: done",
    "decided: redeem: conflict",
    "decided: redeem: key_reused",
    "decided: redeem: forbidden",
    "decided: redeem: out_of_stock",
    "decided: redeem: insufficient_points",
    "decided: redeem: not_found",
    "decided: redeem: internal",
    "decided: cancel: done",
    "decided: cancel: conflict",
    "decided: cancel: not_found",
    "decided: fulfil: done",
    "decided: fulfil: conflict",
};

void expect_hunted(const Tally& tally) {
  for (const char* what : hunted) {
    EXPECT_GT(tally.seen(what), 0U) << "never happened: " << what;
  }
}

struct Run {
  Tally tally;
  std::size_t episodes = 0;

  void print(std::string_view name) const {
    fmt::print("{}: {} episodes\n{}", name, episodes, tally.to_text());
  }
};

// False where it fails, which has been said.
bool run_one(const BackendFactory& factory, std::uint64_t seed, Run& run) {
  tell_seed(factory.name, seed);
  const auto backend = factory.make();
  const auto result =
      run_episode(*backend, {.seed = seed, .commands = commands_an_episode}, run.tally);
  ++run.episodes;
  if (result.failure) {
    ADD_FAILURE() << "WATTBACK_SEED=" << seed << " on " << factory.name << " episode "
                  << run.episodes << ":\n"
                  << *result.failure;
  }
  return !result.failure;
}

void run_episodes(const BackendFactory& factory, std::size_t episodes) {
  Run run;
  for (const auto seed : draw_seeds(episodes)) {
    if (!run_one(factory, seed, run)) {
      return;
    }
  }
  run.print(factory.name);
  if (!seed_to_replay()) {
    expect_hunted(run.tally);
  }
}

TEST(Simulation, HoldsInMemory) { run_episodes({"memory", make_memory_backend}, 30 * dose()); }

TEST(Simulation, HoldsOnSqlite) { run_episodes({"sqlite", make_sqlite_backend}, 10 * dose()); }

// Where they begin to differ; empty where they do not.
std::string find_difference(const std::vector<std::string>& here,
                            const std::vector<std::string>& there) {
  const auto [mine, others] = std::ranges::mismatch(here, there);
  if (mine == here.end() && others == there.end()) {
    return "";
  }
  return fmt::format("in memory: {}\nthere: {}", mine == here.end() ? "no more" : *mine,
                     others == there.end() ? "no more" : *others);
}

// An episode gives the same answers and leaves the same documents wherever it is run.
void expect_same(const BackendFactory& factory, std::size_t episodes, std::size_t commands) {
  const auto both = fmt::format("memory and {}", factory.name);
  Tally tally;
  for (const auto seed : draw_seeds(episodes)) {
    tell_seed(both, seed);
    const EpisodeOptions options{.seed = seed, .commands = commands, .keep_answers = true};
    const auto memory = run_episode(*make_memory_backend(), options, tally);
    const auto other = run_episode(*factory.make(), options, tally);
    ASSERT_FALSE(memory.failure) << "WATTBACK_SEED=" << seed << " in memory: " << *memory.failure;
    ASSERT_FALSE(other.failure) << "WATTBACK_SEED=" << seed << " on " << factory.name << ": "
                                << *other.failure;
    ASSERT_EQ(find_difference(memory.answers, other.answers), "") << "WATTBACK_SEED=" << seed;
    ASSERT_EQ(find_difference(memory.documents, other.documents), "") << "WATTBACK_SEED=" << seed;
    tally.count("episodes alike");
    tally.count("answers alike", memory.answers.size());
    tally.count("documents alike", memory.documents.size());
  }
  fmt::print("{}:\n{}", both, tally.to_text());
  for (const char* what :
       {"fault: a conflict with the other server", "fault: commit unknown, happened",
        "answered as decided before an unknown commit", "restart", "answers alike",
        "documents alike", "documents audited"}) {
    EXPECT_GT(tally.seen(what), 0U) << "never happened: " << what;
  }
}

TEST(Simulation, IsTheSameOnSqlite) {
  expect_same({"sqlite", make_sqlite_backend}, 2 * dose(), commands_an_episode);
}

// Shorter, since each of its commits waits for a server.
TEST(SimulationOnMongo, IsTheSame) {
  expect_same({"mongo", make_mongo_backend}, 2 * dose(), commands_an_episode / 2);
}

}  // namespace
}  // namespace wattback::simulation

// Each call that a programme makes of its store fails once. Who asked is told `unavailable`, a read
// that is tried again succeeds, nothing is half written, and when all that was not answered has
// been sent again the store is as the model has it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "earning/commands.h"
#include "faults/calls/failing_store.h"
#include "importers/reads.h"
#include "operations/audit.h"
#include "operations/migration.h"
#include "operations/schema_history.h"
#include "operations/summary.h"
#include "points/reads.h"
#include "programme/programme.h"
#include "redemptions/reads.h"
#include "rewards/reads.h"
#include "simulation/final_state.h"
#include "simulation/run_seed.h"
#include "simulation/server.h"
#include "simulation/translate.h"
#include "simulation/workload.h"
#include "store/layers/caching.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "store/sqlite/sqlite_store.h"
#include "usage/reads.h"
#include "users/reads.h"

namespace wattback::calls {
namespace {

using simulation::Chance;
using simulation::OperationNumber;
using simulation::Tally;

constexpr std::string_view zone = "Europe/Berlin";
constexpr int rounds = 10;
constexpr std::size_t limit = 50;  // of a page

class Folder {
 public:
  Folder() {
    std::string path = std::filesystem::temp_directory_path() / "wattback-calls-XXXXXX";
    check(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

using MakeStore = std::unique_ptr<store::Store> (*)(const Folder&);

std::unique_ptr<store::Store> make_memory(const Folder& /*folder*/) {
  return store::make_memory_store();
}

std::unique_ptr<store::Store> make_sqlite(const Folder& folder) {
  constexpr std::int64_t cache_kib = 4096;
  return store::make_sqlite_store({.path = folder.path() / "wattback.db",
                                   .if_missing = store::IfMissing::create,
                                   .cache_kib = cache_kib});
}

// A programme whose store fails at one call, and its clients.
class Episode {
 public:
  Episode(MakeStore make, std::uint64_t seed, std::optional<std::uint64_t> failing)
      : chance_(seed),
        judge_(model_, tally_),
        workload_(model_, {.members = 5, .rewards = 2}, chance_.seed()) {
    calls_.failing = failing;
    store_ = store::make_caching_store(make_failing_store(make(folder_), calls_), {});
    rules_.effective_day = make_day(1970, 1, 1);
    rules_.renewable_rate = 10'000;
    model_.start(std::string(zone), rules_);
  }

  // What is broken, none if nothing is.
  std::optional<std::string> run() {
    try_twice("opening", [&] { open(); });
    server_ = std::make_unique<simulation::Server>(
        *store_, judge_, simulation::ServerOptions{.group_max = 16, .seed = 1},
        simulation::Weather{}, now_,
        [this](OperationNumber operation) { unsettled_.push_back(operation); });
    for (int round = 0; round < rounds; ++round) {
      for (auto count = chance_.between(1, 12); count > 0; --count) {
        server_->submit(judge_.add(workload_.next(simulation::Asked::first_server)));
      }
      work_off();
      read();
    }
    send_again();
    judge_end();
    return failure_;
  }

  const CallCount& calls() const { return calls_; }
  std::size_t commands_told() const { return commands_told_; }
  const Tally& told() const { return told_; }  // of failed calls, and who was

 private:
  // Fails at most once, and then surely because the store did.
  void try_twice(const char* what, const std::function<void()>& act) {
    const bool had_failed = calls_.failed.has_value();
    try {
      act();
    } catch (const store::StoreUnavailable& error) {
      if (had_failed || !calls_.failed) {
        fail(fmt::format("{} failed by itself: {}", what, error.what()));
      }
      told_.count(std::string("told unavailable: ") + what);
      act();
    }
  }

  void open() {
    operations::prepare_store(
        *store_, operations::product_migrations(),
        {.owner = "a test", .now = workload_.now(), .where = "the store", .remedy = ""});
    const auto key = programme::key();
    if (store_->get(key.collection, std::span(&key, 1)).front()) {
      return;
    }
    commit::Workspace workspace(*store_, store::product_schema());
    workspace.begin();
    const auto made = earning::StartProgramme{.name = "simulated",
                                              .time_zone = TimeZone::find(zone).value(),
                                              .terms = simulation::terms_of(rules_),
                                              .actor = operator_actor,
                                              .now = rules_.created_at}
                          .decide(workspace);
    check(made.has_value());
    workspace.keep();
    check(store_->commit(workspace.take_changes()).has_value());
  }

  void work_off() {
    const bool had_failed = calls_.failed.has_value();
    const auto unsettled = unsettled_.size();
    while (server_->waiting() > 0 && !judge_.failure()) {
      if (!server_->work()) {
        now_ += Milliseconds(50);
      }
    }
    if (unsettled_.size() > unsettled && (had_failed || !calls_.failed)) {
      fail("commands were told `unavailable` though no call had failed");
    }
    commands_told_ += unsettled_.size() - unsettled;
    if (calls_.failed && !had_failed && unsettled_.size() == unsettled) {
      told_.count("a call that failed and nobody was told");
    }
  }

  // What clients read all day. Each answer is held to the model, as far as that is quickly done.
  void read() {
    const auto expect_page = [this](std::string_view what, const auto& page, std::ptrdiff_t all) {
      expect_equal(what, std::ssize(page.items), std::min(all, std::ptrdiff_t{limit}));
    };
    try_twice("users by points", [&] {
      std::int64_t total = 0;
      for (const auto& user : users::list_by_points(*store_, limit, {}).items) {
        total += user.total_points.count;
      }
      expect_equal("all points", total, total_points());
    });
    try_twice("a summary", [&] {
      const auto summary = operations::summarise(*store_);
      expect_equal("readings", summary.value().readings, std::ssize(model_.readings()));
    });
    try_twice("a catalog", [&] {
      expect_equal("rewards",
                   std::ssize(rewards::catalog(*store_, {.archived_too = true}, limit, {}).items),
                   std::ssize(model_.rewards()));
    });
    try_twice("pending redemptions", [&] {
      expect_page("pending redemptions", redemptions::list_pending(*store_, limit, {}),
                  std::ranges::count(model_.redemptions(), "pending",
                                     [](const auto& row) { return row.second.status; }));
    });
    try_twice("imports", [&] {
      expect_page("imports", importers::list(*store_, limit, {}), std::ssize(model_.imports()));
    });
    if (model_.users().empty()) {
      return;
    }
    const auto user = model_.users().begin()->first;
    try_twice("a user", [&] {
      const auto found = users::find(*store_, user);
      expect_equal("a balance", found ? found->total_points.count : -1,
                   model_.users().at(user).total);
    });
    const auto of_user = [&](const auto& row) { return row.first.first == user; };
    try_twice("a statement", [&] {
      expect_page("entries", points::statement(*store_, user, limit, {}, points::ZeroEntries::show),
                  std::ranges::count_if(model_.ledger(), of_user));
    });
    try_twice("days", [&] {
      expect_page("days", usage::list_days(*store_, user, {}, limit, {}),
                  std::ranges::count_if(model_.days(), of_user));
    });
  }

  std::int64_t total_points() const {
    std::int64_t total = 0;
    for (const auto& [id, user] : model_.users()) {
      total += user.total;
    }
    return total;
  }

  void expect_equal(std::string_view what, std::int64_t found, std::int64_t expected) {
    if (found != expected) {
      fail(fmt::format("{}: {}, expected {}", what, found, expected));
    }
  }

  void send_again() {
    for (const auto operation : std::exchange(unsettled_, {})) {
      workload_.pass_time();
      workload_.refresh(judge_.operation(operation).command);
      server_->submit(operation);
    }
    work_off();
    if (!unsettled_.empty() && !judge_.failure()) {  // it was the last calls that failed
      send_again();
    }
  }

  void judge_end() {
    while (server_->waiting() > 0) {  // only where the judge has failed
      server_->lose_store();
      server_->work();
      now_ += Milliseconds(50);
    }
    server_.reset();
    if (judge_.failure()) {
      fail(*judge_.failure());
      return;
    }
    try_twice("the audit", [&] {
      operations::audit(*store_, {.on_break = [&](const operations::Break& found) {
        fail("the audit finds broken: " + operations::to_text(found));
      }});
    });
    const auto& migrations = operations::product_migrations();
    try_twice("a sharding", [&] { store_->shard(migrations.schema()); });
    std::vector<std::string> differences;
    try_twice("the verification",
              [&] { differences = operations::verify_schema(*store_, migrations); });
    for (const auto& difference : differences) {
      fail("the store is not as its schema says: " + difference);
    }
    try_twice("the comparison",
              [&] { differences = simulation::find_differences(*store_, model_); });
    for (const auto& difference : differences) {
      fail("the store is not as the model has it: " + difference);
    }
  }

  void fail(const std::string& what) {
    if (!failure_) {
      failure_ = what;
    }
  }

  Folder folder_;
  CallCount calls_;
  Chance chance_;
  Tally tally_;
  Tally told_;
  simulation::model::Model model_;
  simulation::model::Rules rules_;
  simulation::Judge judge_;
  simulation::Workload workload_;
  commit::SteadyTime now_{std::chrono::hours(1)};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<simulation::Server> server_;
  std::vector<OperationNumber> unsettled_;
  std::size_t commands_told_ = 0;
  std::optional<std::string> failure_;
};

constexpr std::array hunted{"a get",
                            "a find",
                            "a commit",
                            "a snapshot",
                            "a get of a snapshot",
                            "a scan",
                            "a document of a scan",
                            "a revision",
                            "an application of the schema",
                            "a question for the version",
                            "a question for faults of the schema",
                            "a question for faults of the sharding",
                            "a sharding"};

// Each with a call that fails. A user, and a redemption's, are kept at hand.
constexpr std::array reads{
    "opening",          "users by points", "a summary", "a catalog", "pending redemptions",
    "imports",          "a statement",     "days",      "the audit", "a sharding",
    "the verification", "the comparison"};

void fail_each(MakeStore make, std::uint64_t seed) {
  simulation::tell_seed("calls of the store", seed);
  Episode undisturbed(make, seed, std::nullopt);
  const auto failure = undisturbed.run();
  ASSERT_FALSE(failure) << "undisturbed: WATTBACK_SEED=" << seed << ": " << *failure;
  Tally failed;
  Tally told;
  std::uint64_t commands_told = 0;
  for (std::uint64_t call = 1; call <= undisturbed.calls().made; ++call) {
    Episode episode(make, seed, call);
    const auto broken = episode.run();
    ASSERT_FALSE(broken) << "WATTBACK_SEED=" << seed << ", call " << call << " of "
                         << undisturbed.calls().made << " ("
                         << episode.calls().failed.value_or("none") << "): " << *broken;
    failed.count(episode.calls().failed.value_or("none"));
    told.count("commands told `unavailable`", episode.commands_told());
    told.add(episode.told());
    commands_told += episode.commands_told();
  }
  fmt::print("WATTBACK_SEED={}: calls {}, failed once each:\n{}{}", seed, undisturbed.calls().made,
             failed.to_text(), told.to_text());
  EXPECT_GT(commands_told, 0U);
  for (const char* what : reads) {
    EXPECT_GT(told.seen(std::string("told unavailable: ") + what), 0U) << what;
  }
  for (const char* what : hunted) {
    EXPECT_GT(undisturbed.calls().kinds.seen(what), 0U) << "never called: " << what;
    EXPECT_GT(failed.seen(what), 0U) << "never happened: " << what;
  }
}

bool is_night() { return simulation::dose() > 1; }

TEST(StoreCalls, EachFailsOnceInMemory) {
  const std::size_t seeds = is_night() ? 20 : 1;
  for (const auto seed : simulation::draw_seeds(seeds)) {
    fail_each(make_memory, seed);
  }
}

TEST(StoreCalls, EachFailsOnceOnSqlite) {
  const std::size_t seeds = is_night() ? 5 : 1;
  for (const auto seed : simulation::draw_seeds(seeds)) {
    fail_each(make_sqlite, seed);
  }
}

}  // namespace
}  // namespace wattback::calls

#include "faults/power/lives.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <stdlib.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "base/check.h"
#include "commit/workspace.h"
#include "earning/commands.h"
#include "operations/migration.h"
#include "operations/schema_history.h"
#include "programme/programme.h"
#include "simulation/final_state.h"
#include "simulation/translate.h"
#include "store/layers/caching.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::power {
namespace {

constexpr std::string_view zone = "Europe/Berlin";
constexpr std::string_view index_name = "wattback.db-shm";
constexpr Milliseconds pause{50};

// In memory where it can be: how long a real disk takes to sync is of no interest.
std::filesystem::path make_root() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code ignored;
  const auto place = std::filesystem::is_directory(memory, ignored)
                         ? memory
                         : std::filesystem::temp_directory_path();
  std::string path = place / "wattback-power-XXXXXX";
  check(mkdtemp(path.data()) != nullptr);
  return path;
}

simulation::model::Rules first_rules() {
  return {.effective_day = make_day(1970, 1, 1),
          .renewable_rate = 10'000,
          .non_renewable_rate = 1'001,
          .daily_cap = std::nullopt};
}

std::string to_text(Action action) {
  switch (action) {
    case Action::make:
      return "making";
    case Action::write:
      return "writing";
    case Action::truncate:
      return "truncating";
    case Action::sync:
      return "syncing";
    case Action::sync_names:
      return "syncing the folder";
    case Action::remove:
      return "removing";
  }
  check(false);
  return {};
}

std::string to_text(const Operation& operation) {
  if (operation.name.empty()) {
    return to_text(operation.action);
  }
  const auto part = operation.name.substr(store_name.size());
  return fmt::format("{} {}", to_text(operation.action),
                     part.empty()     ? "the store"
                     : part == "-wal" ? "the log"
                                      : "the journal");
}

}  // namespace

Lives::Lives(const LivesOptions& options, simulation::Tally& tally)
    : options_(options),
      tally_(&tally),
      chance_(options.seed),
      root_(make_root()),
      rules_(first_rules()),
      judge_(model_, decided_),
      workload_(model_, {.members = chance_.between(2, 8), .rewards = chance_.between(1, 4)},
                chance_.seed()) {
  model_.start(std::string(zone), rules_);
}

Lives::~Lives() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::optional<std::string> Lives::run(int cuts) {
  Files files;
  for (int life = 0; life < cuts && !failure_; ++life) {
    begin_life(files, draw_moment());
    live();
    if (const auto held = mount_->hold(); is_powered()) {
      seen_.emplace_back("cut at rest");
      cut();
    }
    end_life();
    files = with_index(wreck_);
    judge_cut();
  }
  if (!failure_) {
    begin_life(files, nullptr);
    live();
    answer_clients();
    end_life();
    count(judge_store(root_ / "machine", promise({})));
  }
  return failure_;
}

std::optional<std::string> Lives::run_judging_every_moment() {
  begin_life({}, [this](const Operation& at) { judge_moment(at); });
  live();
  answer_clients();
  end_life();
  if (!failure_) {
    count(judge_store(root_ / "machine", promise({})));
  }
  return failure_;
}

// Most of what a disk does is to write the log, so that by chance alone the rest would be rare.
Disk::Watcher Lives::draw_moment() {
  struct Aim {
    std::optional<Action> at;
    std::int64_t times_max;
  };
  constexpr std::array<Aim, 8> aims{{{std::nullopt, 80},
                                     {std::nullopt, 300},
                                     {Action::sync, 12},
                                     {Action::sync, 12},
                                     {Action::make, 3},
                                     {Action::write, 12},
                                     {Action::truncate, 2},
                                     {Action::remove, 2}}};
  const auto aim = aims.at(chance_.index_of(aims.size()));
  return [this, at = aim.at,
          left = chance_.between(1, aim.times_max)](const Operation& operation) mutable {
    if ((!at || operation.action == *at) && --left == 0) {
      cut_at(operation);
    }
  };
}

void Lives::begin_life(const Files& files, Disk::Watcher watcher) {
  const auto folder = root_ / "machine";
  write_files(folder, files);
  auto on_disk = files;
  on_disk.erase(std::string(index_name));
  disk_.emplace(on_disk, options_.honesty);
  disk_->watch(std::move(watcher));
  mount_.emplace(folder, *disk_, chance_.seed());
  under_way_ = {};
  cut_chance_.emplace(chance_.seed());
  wreck_ = {};
  seen_.clear();
  open();
}

void Lives::open() {
  constexpr std::array<std::int64_t, 3> caches_kib{131'072, 512, 64};  // the last ones spill
  try {
    store_ = store::make_caching_store(
        store::make_sqlite_store({.path = root_ / "machine" / store_name,
                                  .if_missing = store::IfMissing::create,
                                  .cache_kib = caches_kib.at(chance_.index_of(caches_kib.size())),
                                  .log_pages = chance_.pick(options_.log_pages)}),
        {});
    operations::prepare_store(
        *store_, operations::product_migrations(),
        {.owner = "a test", .now = workload_.now(), .where = "the store", .remedy = ""});
    start_programme();
  } catch (const std::exception& error) {
    if (is_powered()) {
      fail(fmt::format("the store can't be opened: {}", error.what()));
    }
    store_.reset();
    return;
  }
  constexpr std::array<std::size_t, 3> groups{1, 8, 64};
  server_ = std::make_unique<simulation::Server>(
      *store_, judge_,
      simulation::ServerOptions{.group_max = groups.at(chance_.index_of(groups.size())),
                                .seed = chance_.seed()},
      simulation::Weather{}, now_,
      [this](simulation::OperationNumber operation) { unsettled_.push_back(operation); });
}

void Lives::start_programme() {
  const auto key = programme::key();
  if (!store_->get(key.collection, std::span(&key, 1)).front()) {
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
  has_begun_ = true;
}

// As the end of the process does; also after the power has gone, when nothing of it matters.
void Lives::close() {
  if (server_) {
    under_way_ = server_->under_way();
    server_->lose_store();
    while (server_->waiting() > 0) {
      server_->work();
      now_ += pause;
    }
    server_.reset();
  }
  store_.reset();
}

void Lives::live() {
  for (auto left = options_.commands; left > 0 && server_ && is_powered() && !failure_;) {
    send_some(left);
    work_off();
    if (is_powered() && chance_.percent(8)) {
      tally_->count("a store closed and opened again");
      close();
      if (is_powered()) {
        open();
      }
    } else if (is_powered() && chance_.percent(15)) {
      move_log();
    }
  }
}

void Lives::send_some(std::int64_t& left) {
  while (!unsettled_.empty() && chance_.percent(70)) {
    send_again();
  }
  auto count = chance_.percent(50) ? chance_.between(1, 3) : chance_.between(4, 24);
  for (; count > 0 && left > 0; --count, --left) {
    submit(judge_.add(workload_.next(simulation::Asked::first_server)));
  }
}

void Lives::send_again() {
  const auto operation = unsettled_.back();
  unsettled_.pop_back();
  workload_.pass_time();
  workload_.refresh(judge_.operation(operation).command);
  tally_->count("commands sent again");
  submit(operation);
}

void Lives::submit(simulation::OperationNumber operation) {
  tally_->count("commands sent");
  server_->submit(operation);
}

void Lives::work_off() {
  while (server_->waiting() > 0 && is_powered() && !failure_) {
    if (!server_->work()) {
      now_ += pause;
    }
    if (is_powered() && judge_.failure()) {
      fail(*judge_.failure());
    }
  }
}

// As the sqlite3 program does, or another that has the file open.
void Lives::move_log() {
  sqlite3* raw = nullptr;
  const auto path = root_ / "machine" / store_name;
  if (sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    const bool truncates = chance_.percent(50);
    sqlite3_exec(raw, "PRAGMA schema_version", nullptr, nullptr, nullptr);  // or it knows of no log
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(
        raw, nullptr, truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, nullptr,
        &moved);
    if (truncates ? code == SQLITE_OK : moved > 0) {
      tally_->count("a log moved into the store by another");
    }
  }
  sqlite3_close(raw);
}

void Lives::end_life() {
  close();
  mount_.reset();
}

void Lives::answer_clients() {
  while (!unsettled_.empty() && !failure_) {
    send_again();
    work_off();
  }
}

void Lives::cut() {
  wreck_ = disk_->cut(*cut_chance_);
  disk_->end_power();
}

void Lives::cut_at(const Operation& operation) {
  seen_.push_back("cut while " + to_text(operation));
  if (std::this_thread::get_id() != thread_) {
    seen_.emplace_back("cut while a thread moved the log");
  }
  cut();
}

// Nobody syncs it: any part of it may be left, or anything at all.
Files Lives::with_index(const Wreck& wreck) {
  auto files = wreck.files;
  const std::ifstream index(root_ / "machine" / index_name, std::ios::binary);
  if (index && chance_.percent(60)) {
    std::ostringstream bytes;
    bytes << index.rdbuf();
    auto& left = files[std::string(index_name)] = bytes.str();
    for (auto spoilt = chance_.below(3) * 200; spoilt > 0 && !left.empty(); --spoilt) {
      left[chance_.index_of(left.size())] = static_cast<char>(chance_.below(256));
    }
  }
  return files;
}

void Lives::judge_cut() {
  count(wreck_);
  for (const auto& what : seen_) {
    tally_->count(what);
  }
  const auto folder = root_ / "judged";
  const auto files = with_index(wreck_);
  if (chance_.percent(25) && has_begun_) {
    write_files(folder, files);
    if (const auto damage = find_damage(folder / store_name)) {
      fail(*damage);
    }
  }
  write_files(folder, files);
  const auto verdict = judge_store(folder, promise(under_way_));
  count(verdict);
  if (verdict.under_way == UnderWay::there) {
    judge_.settle(under_way_);
  }
}

void Lives::judge_moment(const Operation& at) {
  if (failure_) {
    return;
  }
  const auto wreck = disk_->cut(chance_);
  count(wreck);
  tally_->count("cut while " + to_text(at));
  const auto folder = root_ / "judged";
  write_files(folder, with_index(wreck));
  count(judge_store(folder, promise(server_ ? server_->under_way() : simulation::Trace{})));
}

Promise Lives::promise(const simulation::Trace& under_way) {
  return {.has_begun = has_begun_, .model = &model_, .judge = &judge_, .under_way = under_way};
}

void Lives::count(const Wreck& wreck) {
  const auto& losses = wreck.losses;
  tally_->count("cuts");
  tally_->count("cuts with something not synced", losses.unsynced > 0 ? 1 : 0);
  tally_->count("cuts that lost a write", losses.writes_gone > 0 ? 1 : 0);
  tally_->count("cuts that tore a write", losses.writes_torn > 0 ? 1 : 0);
  tally_->count("cuts that lost a truncation", losses.truncations_gone > 0 ? 1 : 0);
  tally_->count("cuts that lost a name made or removed", losses.names_gone > 0 ? 1 : 0);
}

void Lives::count(const Verdict& verdict) {
  if (verdict.failure) {
    fail(*verdict.failure);
    return;
  }
  switch (verdict.under_way) {
    case UnderWay::nothing:
      tally_->count("after a cut: nothing was under way");
      return;
    case UnderWay::there:
      tally_->count("after a cut: what was under way is there");
      return;
    case UnderWay::absent:
      tally_->count("after a cut: what was under way is absent");
      return;
  }
}

void Lives::fail(const std::string& what) {
  if (!failure_) {
    failure_ = what;
  }
}

}  // namespace wattback::power

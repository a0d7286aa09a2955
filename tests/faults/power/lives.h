// A programme on a machine that loses its power again and again, with clients that send what was
// not answered once more when it is back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "commit/committer.h"
#include "faults/power/disk.h"
#include "faults/power/mount.h"
#include "faults/power/verdict.h"
#include "simulation/judge.h"
#include "simulation/model.h"
#include "simulation/server.h"
#include "simulation/workload.h"
#include "store/store.h"

namespace wattback::power {

struct LivesOptions {
  std::uint64_t seed = 0;
  Honesty honesty = Honesty::honest;
  std::int64_t commands = 60;  // new ones a life
  // Of the log, from which on a thread of the store moves it: one of them, drawn for each store.
  // What is moved when that thread comes to it is not for the seed to say.
  std::vector<int> log_pages{8, 64, 16'384};  // the last is never reached
};

class Lives {
 public:
  Lives(const LivesOptions& options, simulation::Tally& tally);
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;
  ~Lives();

  // So many lives that end in a cut, each going on from what the last one left; then one that ends
  // in peace. What is broken in the end, none if nothing is.
  std::optional<std::string> run(int cuts);

  // One life in peace, in which each operation of the disk is a moment at which the power might
  // have gone, and what it would have left is judged: for one thread, so of a log not reached.
  std::optional<std::string> run_judging_every_moment();

 private:
  Disk::Watcher draw_moment();  // at which it cuts
  void begin_life(const Files& files, Disk::Watcher watcher);
  void open();
  void start_programme();
  void close();
  void live();
  void send_some(std::int64_t& left);
  void send_again();
  void submit(simulation::OperationNumber operation);
  void work_off();
  void move_log();
  void end_life();
  void answer_clients();
  bool is_powered() const { return disk_->has_power(); }

  void cut();  // holding the mount
  void cut_at(const Operation& operation);
  Files with_index(const Wreck& wreck);  // of the log, or what is left of it
  void judge_cut();
  void judge_moment(const Operation& at);
  Promise promise(const simulation::Trace& under_way);
  void count(const Wreck& wreck);
  void count(const Verdict& verdict);
  void fail(const std::string& what);

  LivesOptions options_;
  simulation::Tally* tally_;
  simulation::Tally decided_;
  Chance chance_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::filesystem::path root_;
  simulation::model::Model model_;
  simulation::model::Rules rules_;
  simulation::Judge judge_;
  simulation::Workload workload_;
  commit::SteadyTime now_{std::chrono::hours(1)};
  std::vector<simulation::OperationNumber> unsettled_;
  bool has_begun_ = false;  // the programme, for sure
  std::optional<std::string> failure_;

  // Of this life. What comes later uses what comes before. Whoever holds the mount may write the
  // first three.
  std::optional<Chance> cut_chance_;
  Wreck wreck_;                    // once the power has gone
  std::vector<std::string> seen_;  // of the cut, to be counted
  std::optional<Disk> disk_;
  std::optional<Mount> mount_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<simulation::Server> server_;
  simulation::Trace under_way_;
};

}  // namespace wattback::power

// The server as it is, but for a committer that commits each command alone: what committing in
// groups is measured against.
//   groups_of_one STORE    says its URL as `wattback serve --json` does, and serves until it is
//   ended
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>

#include "api/service.h"
#include "app/configuration.h"
#include "app/log.h"
#include "app/session.h"
#include "base/time.h"
#include "commit/committer.h"

using namespace wattback;

namespace {

void log_to_standard_error(const http::AccessRecord& record) {
  const auto line = app::log_line(record, app::LogForm::json);
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before any thread
  const auto configuration =
      app::configure({.store = argc == 2 ? argv[1] : ""},
                     [](const std::string&) -> std::optional<std::string> { return std::nullopt; });
  if (!configuration) {
    fmt::print(stderr, "groups_of_one: {}\n", configuration.error().detail);
    return 2;
  }
  const auto meters = std::make_shared<store::StoreMeters>();
  const auto store = app::open_store(*configuration, cli::Opening::existing, store::Intent::write,
                                     {.meters = meters, .tell = {}});
  app::prepare_store(*store, *configuration, system_now());
  commit::Committer committer(*store, store::product_schema(), {.group_max = 1});
  const commit::WorkingThreads thread(committer);
  const auto threads = std::max(2U, std::thread::hardware_concurrency());  // as `serve` has them
  const auto service = api::start_service(*store, committer,
                                          {.io_threads = threads,
                                           .workers = 32,
                                           .clock = &system_now,
                                           .hash_cost = configuration->hash_cost,
                                           .store_meters = meters,
                                           .observer = log_to_standard_error,
                                           .not_ready = [] { return std::nullopt; }});
  if (!service) {
    fmt::print(stderr, "groups_of_one: {}\n", service.error().detail);
    return 1;
  }
  fmt::print("{{\"url\":\"http://127.0.0.1:{}/\"}}\n", (*service)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  (*service)->stop();
}

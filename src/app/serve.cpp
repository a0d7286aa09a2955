#include "app/serve.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "api/service.h"
#include "app/owner.h"
#include "app/serve_lock.h"
#include "app/session.h"
#include "base/time.h"
#include "operations/migrator.h"

namespace wattback::app {
namespace {

constexpr unsigned threads_min = 2;            // of each kind
constexpr std::size_t workers_of_remote = 32;  // they wait for the store, not for the processor

// The signals that end the process, kept for the one thread that waits for them. Must be made
// before any other thread.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() {
    while (have_come()) {
      wait();  // one more of them says nothing new
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

  bool have_come() const {
    sigset_t pending{};
    sigpending(&pending);
    return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
  }

  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// One write, so that lines of several threads stay whole.
void log_to_standard_error(const std::string& line) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

#ifdef NDEBUG
constexpr bool is_debug_build = false;
#else
constexpr bool is_debug_build = true;
#endif

// Where a migration stands, for who asks meanwhile.
class Progress {
 public:
  void tell(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
  }
  void end() { is_over_ = true; }

  std::optional<std::string> not_ready() const {
    if (is_over_) {
      return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    return "the store is being migrated: " + text_;
  }

 private:
  std::atomic<bool> is_over_ = false;
  mutable std::mutex mutex_;
  std::string text_ = "it begins";
};

// False: a signal came first.
bool migrate(store::Store& store, const Configuration& configuration, const Clock& clock,
             const Signals& signals, Progress& progress) {
  const auto tell = [&](const operations::MigrationRecord& record, std::string_view by) {
    progress.tell(fmt::format("{} ({}), {} documents so far{}", record.number, record.name,
                              record.documents, by));
  };
  const auto migrated = operations::migrate_up(
      store, operations::product_migrations(),
      {.now = clock,
       .owner = process_owner(),
       .where = store_name(configuration),
       .sleep = [](Milliseconds time) { std::this_thread::sleep_for(time); },
       .should_stop = [&] { return signals.have_come(); },
       .on_progress = [&](const auto& record) { tell(record, ""); },
       .on_wait = [&](const auto& record) { tell(record, ", by another process"); },
       .on_unsettled = [&](const auto& record,
                           const std::string& why) { tell(record, "; it waits, since " + why); }});
  return !migrated.stopped;
}

}  // namespace

Result<void> serve(const Configuration& configuration, const Clock& clock, LogForm log_form,
                   const cli::Serving& serving) {
  const Signals signals;
  TimeZone::utc();  // which zones there are is read now, while the system has all that it takes
  const auto threads = std::max(threads_min, std::thread::hardware_concurrency());
  const auto meters = std::make_shared<store::StoreMeters>();
  auto store = open_store(configuration, cli::Opening::existing, store::Intent::write,
                          {.meters = meters, .tell = [&clock, log_form](const std::string& what) {
                             log_to_standard_error(notice_line(clock(), what, log_form));
                           }});
  std::optional<ServeLock> lock;
  if (const auto* embedded = std::get_if<EmbeddedStore>(&configuration.store)) {
    auto taken = ServeLock::take(embedded->path);
    if (!taken) {
      return std::unexpected(std::move(taken.error()));
    }
    lock.emplace(*std::move(taken));
  }
  Progress progress;
  if (serving.older_schema == cli::OlderSchema::refuse ||
      operations::read_state(*store, operations::product_migrations())
          .pending(operations::product_migrations())
          .empty()) {
    prepare_store(*store, configuration, clock());
    progress.end();
  }
  const bool is_remote = store->capabilities().remote;
  const auto session = make_session(std::move(store));
  auto service = api::start_service(session->store(), session->committer(),
                                    {.address = configuration.address,
                                     .port = configuration.port,
                                     .io_threads = threads,
                                     .workers = is_remote ? workers_of_remote : threads,
                                     .clock = clock,
                                     .hash_cost = configuration.hash_cost,
                                     .store_meters = meters,
                                     .observer =
                                         [log_form](const http::AccessRecord& record) {
                                           log_to_standard_error(log_line(record, log_form));
                                         },
                                     .not_ready = [&] { return progress.not_ready(); },
                                     .checks_answers = is_debug_build});
  if (!service) {
    return std::unexpected(std::move(service.error()));
  }
  const bool is_v6 = configuration.address.contains(':');
  const auto url = fmt::format(fmt::runtime(is_v6 ? "http://[{}]:{}/" : "http://{}:{}/"),
                               configuration.address, (*service)->port());
  if (progress.not_ready()) {
    serving.on_migrating(url);
    if (!migrate(session->store(), configuration, clock, signals, progress)) {
      signals.wait();  // takes the one that came
      (*service)->stop();
      return {};
    }
    progress.end();
  }
  serving.on_ready(url);
  signals.wait();
  (*service)->stop();
  return {};
}

}  // namespace wattback::app

#include "app/serve.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <thread>

#include "api/service.h"
#include "app/session.h"

namespace wattback::app {
namespace {

constexpr std::size_t workers_min = 2;

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
  ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  void wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// One write, so that lines of several threads stay whole.
void log_to_standard_error(const http::AccessRecord& record, LogForm form) {
  const auto line = log_line(record, form);
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

#ifdef NDEBUG
constexpr bool is_debug_build = false;
#else
constexpr bool is_debug_build = true;
#endif

}  // namespace

Result<void> serve(const Configuration& configuration, const Clock& clock, LogForm log_form,
                   const std::function<void(const std::string& url)>& on_ready) {
  const Signals signals;
  const auto meters = std::make_shared<store::StoreMeters>();
  const auto session = open_session(configuration, cli::Opening::existing, meters);
  auto service = api::start_service(
      session->store(), session->committer(),
      {.address = configuration.address,
       .port = configuration.port,
       .workers = std::max<std::size_t>(workers_min, std::thread::hardware_concurrency()),
       .clock = clock,
       .hash_cost = configuration.hash_cost,
       .store_meters = meters,
       .observer =
           [log_form](const http::AccessRecord& record) {
             log_to_standard_error(record, log_form);
           },
       .checks_answers = is_debug_build});
  if (!service) {
    return std::unexpected(std::move(service.error()));
  }
  on_ready(fmt::format("http://{}:{}/", configuration.address, (*service)->port()));
  signals.wait();
  (*service)->stop();
  return {};
}

}  // namespace wattback::app

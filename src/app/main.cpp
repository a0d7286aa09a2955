#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <variant>

#include "app/configuration.h"
#include "app/owner.h"
#include "app/serve.h"
#include "app/serve_lock.h"
#include "app/session.h"
#include "cli/environment.h"
#include "store/mongo/mongo_store.h"

namespace {

using namespace wattback;  // the program's own main, not a header

std::optional<std::string> read_environment(const std::string& name) {
  const char* value =
      std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

app::Configuration configure_or_throw(const cli::GivenSettings& given) {
  auto configuration = app::configure(given, read_environment);
  if (!configuration) {
    throw cli::BadSettings(configuration.error().detail);
  }
  return std::move(*configuration);
}

Result<std::shared_ptr<void>> keep_servers_out(const app::StoreAddress& store) {
  const auto* embedded = std::get_if<app::EmbeddedStore>(&store);
  if (embedded == nullptr) {
    return nullptr;
  }
  auto lock = app::ServeLock::keep_servers_out(embedded->path);
  if (!lock) {
    return std::unexpected(std::move(lock.error()));
  }
  return std::make_shared<app::ServeLock>(*std::move(lock));
}

cli::Environment make_environment() {
  const bool out_is_terminal = isatty(STDOUT_FILENO) != 0;
  const bool err_is_terminal = isatty(STDERR_FILENO) != 0;
  cli::Environment environment{.now = &system_now,
                               .in = &std::cin,
                               .out = &std::cout,
                               .err = &std::cerr,
                               .in_is_terminal = isatty(STDIN_FILENO) != 0,
                               .out_is_terminal = out_is_terminal,
                               .err_is_terminal = err_is_terminal,
                               .color = err_is_terminal && !read_environment("NO_COLOR")};
  environment.open = [](const cli::GivenSettings& given, cli::Opening opening) {
    return app::open_session(configure_or_throw(given), opening, system_now());
  };
  environment.open_unprepared = [](const cli::GivenSettings& given) {
    const auto configuration = configure_or_throw(given);
    return cli::UnpreparedStore{
        .store =
            app::open_store(configuration, cli::Opening::existing, store::Intent::look_or_write),
        .name = app::store_name(configuration),
        .owner = app::process_owner(),
        .keep_servers_out = [where = configuration.store] { return keep_servers_out(where); }};
  };
  environment.settings = [](const cli::GivenSettings& given) {
    return configure_or_throw(given).settings;
  };
  environment.setting_definitions = app::setting_definitions();
  environment.hash_cost = [](const cli::GivenSettings& given) {
    return configure_or_throw(given).hash_cost;
  };
  environment.serve = [now = environment.now, err_is_terminal](const cli::GivenSettings& given,
                                                               const cli::Serving& serving) {
    return app::serve(configure_or_throw(given), now,
                      err_is_terminal ? app::LogForm::text : app::LogForm::json, serving);
  };
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  store::forget_driver_counters();
  try {
    auto environment = make_environment();
    return cli::run(environment, std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "wattback: " << error.what() << "\n";
    return 1;
  }
}

#include "app/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <ranges>
#include <system_error>
#include <vector>

#include "app/owner.h"
#include "operations/schema_history.h"
#include "store/layers/caching.h"
#include "store/layers/gathering.h"
#include "store/mongo/mongo_store.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::app {
namespace {

class StoreSession final : public cli::Session {
 public:
  explicit StoreSession(std::unique_ptr<store::Store> store)
      : store_(std::move(store)),
        committer_(*store_, store::product_schema()),
        threads_(committer_) {}

  store::Store& store() override { return *store_; }
  commit::Committer& committer() override { return committer_; }

 private:
  // In this order: the threads end first, then the committer, then the store.
  std::unique_ptr<store::Store> store_;
  commit::Committer committer_;
  commit::WorkingThreads threads_;
};

// What is read again and again by its primary key. Readings, entries and redemptions are not.
store::CachingOptions kept_at_hand() {
  return {.collections = {"earning_rules", "imports", "meters", "programme", "rewards", "sessions",
                          "tokens", "usage_daily", "users"}};
}

void check_directory(const std::filesystem::path& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw store::StoreUnusable(fmt::format("{} is no folder", directory.string()));
  }
}

[[noreturn]] void refuse_directory(const std::filesystem::path& directory,
                                   const std::error_code& why) {
  throw store::StoreUnusable(
      fmt::format("{} can't be made: {}", directory.string(), why.message()));
}

// What was made in a folder is sure to be there after a power cut once the folder is synced.
std::error_code sync_directory(const std::filesystem::path& directory) {
  const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) {
    return {errno, std::generic_category()};
  }
  const int failed = fsync(opened) == 0 || errno == EINVAL ? 0 : errno;  // some can't be synced
  close(opened);
  return {failed, std::generic_category()};
}

void make_directory(const std::filesystem::path& directory) {
  if (directory.empty()) {
    return;
  }
  std::vector<std::filesystem::path> missing;  // the innermost first
  std::error_code error;
  for (auto each = std::filesystem::absolute(directory);
       each.has_relative_path() && !std::filesystem::exists(each, error);
       each = each.parent_path()) {
    missing.push_back(each);
  }
  for (const auto& each : std::views::reverse(missing)) {
    std::filesystem::create_directory(each, error);
    if (!error) {
      error = sync_directory(each.parent_path());
    }
    if (error) {
      refuse_directory(directory, error);
    }
  }
}

std::unique_ptr<store::Store> open(const EmbeddedStore& embedded, store::IfMissing if_missing,
                                   store::Intent /*intent*/,
                                   const std::function<void(const std::string&)>& tell) {
  check_directory(embedded.path.parent_path());
  if (if_missing == store::IfMissing::create) {
    make_directory(embedded.path.parent_path());
  }
  return store::make_sqlite_store({.path = embedded.path, .if_missing = if_missing, .tell = tell});
}

std::unique_ptr<store::Store> open(const MongoStore& mongo, store::IfMissing if_missing,
                                   store::Intent intent,
                                   const std::function<void(const std::string&)>& /*tell*/) {
  try {
    return store::make_mongo_store(
        {.address = mongo.address, .if_missing = if_missing, .intent = intent});
  } catch (const store::AddressRefused& error) {
    throw cli::BadSettings(error.what());
  }
}

std::string name_of(const EmbeddedStore& embedded) { return embedded.path.string(); }
std::string name_of(const MongoStore& mongo) { return without_secrets(mongo.address); }

// What brings the store up, as one would type it.
std::string migrate_command(const SameStore& same) {
  return fmt::format("run{}: {}wattback migrate up{}",
                     same.with.empty() ? "" : fmt::format(", with {} as it is here", same.with),
                     same.before, same.after);
}

}  // namespace

std::unique_ptr<store::Store> open_store(const Configuration& configuration, cli::Opening opening,
                                         store::Intent intent, Watching watching) {
  const auto if_missing =
      opening == cli::Opening::create ? store::IfMissing::create : store::IfMissing::refuse;
  auto store = std::visit(
      [&](const auto& address) { return open(address, if_missing, intent, watching.tell); },
      configuration.store);
  if (watching.meters) {
    store = store::make_metered_store(std::move(store), std::move(watching.meters));
  }
  // Where the store can't tell at once that another process wrote, each read goes to it.
  return store->capabilities().revision_delay == Milliseconds(0)
             ? store::make_caching_store(std::move(store), kept_at_hand())
             : store::make_gathering_store(std::move(store));
}

void prepare_store(store::Store& store, const Configuration& configuration, Instant now) {
  operations::prepare_store(store, operations::product_migrations(),
                            {.owner = process_owner(),
                             .now = now,
                             .where = store_name(configuration),
                             .remedy = migrate_command(configuration.same_store)});
}

std::unique_ptr<cli::Session> make_session(std::unique_ptr<store::Store> store) {
  return std::make_unique<StoreSession>(std::move(store));
}

std::unique_ptr<cli::Session> open_session(const Configuration& configuration, cli::Opening opening,
                                           Instant now) {
  auto store = open_store(configuration, opening, store::Intent::look_or_write);
  prepare_store(*store, configuration, now);
  return make_session(std::move(store));
}

std::string store_name(const Configuration& configuration) {
  return std::visit([](const auto& address) { return name_of(address); }, configuration.store);
}

}  // namespace wattback::app

#include "app/session.h"

#include <fmt/format.h>

#include <system_error>

#include "store/layers/caching.h"
#include "store/mongo/mongo_store.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::app {
namespace {

class StoreSession final : public cli::Session {
 public:
  explicit StoreSession(std::unique_ptr<store::Store> store)
      : store_(std::move(store)),
        committer_(*store_, store::product_schema()),
        thread_(committer_) {}

  store::Store& store() override { return *store_; }
  commit::Committer& committer() override { return committer_; }

 private:
  // In this order: the thread ends first, then the committer, then the store.
  std::unique_ptr<store::Store> store_;
  commit::Committer committer_;
  commit::WorkingThread thread_;
};

// What is read again and again by its primary key. Readings, entries and redemptions are not.
store::CachingOptions kept_at_hand() {
  return {.collections = {"earning_rules", "imports", "meters", "programme", "rewards", "sessions",
                          "tokens", "usage_daily", "users"}};
}

void make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (!directory.empty() && !std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
  }
  if (error) {
    throw store::StoreUnusable(
        fmt::format("{} can't be made: {}", directory.string(), error.message()));
  }
}

std::unique_ptr<store::Store> open_store(const EmbeddedStore& embedded,
                                         store::IfMissing if_missing) {
  if (if_missing == store::IfMissing::create) {
    make_directory(embedded.path.parent_path());
  }
  return store::make_sqlite_store({.path = embedded.path, .if_missing = if_missing});
}

std::unique_ptr<store::Store> open_store(const MongoStore& mongo, store::IfMissing if_missing) {
  return store::make_mongo_store({.address = mongo.address, .if_missing = if_missing});
}

}  // namespace

std::unique_ptr<cli::Session> open_session(const Configuration& configuration, cli::Opening opening,
                                           std::shared_ptr<store::StoreMeters> meters) {
  const auto if_missing =
      opening == cli::Opening::create ? store::IfMissing::create : store::IfMissing::refuse;
  auto store =
      std::visit([if_missing](const auto& address) { return open_store(address, if_missing); },
                 configuration.store);
  if (meters) {
    store = store::make_metered_store(std::move(store), std::move(meters));
  }
  // Where the store can't tell at once that another process wrote, each read goes to it.
  if (store->capabilities().revision_delay == Milliseconds(0)) {
    store = store::make_caching_store(std::move(store), kept_at_hand());
  }
  store->apply_schema(store::product_schema());
  return std::make_unique<StoreSession>(std::move(store));
}

}  // namespace wattback::app

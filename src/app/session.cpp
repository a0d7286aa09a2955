#include "app/session.h"

#include <fmt/format.h>

#include <system_error>

#include "store/layers/caching.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::app {
namespace {

class EmbeddedSession final : public cli::Session {
 public:
  explicit EmbeddedSession(std::unique_ptr<store::Store> store)
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

}  // namespace

std::unique_ptr<cli::Session> open_session(const Configuration& configuration, cli::Opening opening,
                                           std::shared_ptr<store::StoreMeters> meters) {
  const bool create = opening == cli::Opening::create;
  if (create) {
    make_directory(configuration.store_path.parent_path());
  }
  auto store = store::make_sqlite_store(
      {.path = configuration.store_path,
       .if_missing = create ? store::IfMissing::create : store::IfMissing::refuse});
  if (meters) {
    store = store::make_metered_store(std::move(store), std::move(meters));
  }
  store = store::make_caching_store(std::move(store), kept_at_hand());
  store->apply_schema(store::product_schema());
  return std::make_unique<EmbeddedSession>(std::move(store));
}

}  // namespace wattback::app

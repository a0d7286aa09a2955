#include "app/session.h"

#include <fmt/format.h>

#include <system_error>

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

void check_directory(const std::filesystem::path& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
    throw store::StoreUnusable(fmt::format("{} is no folder", directory.string()));
  }
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
  check_directory(configuration.store_path.parent_path());
  if (create) {
    make_directory(configuration.store_path.parent_path());
  }
  auto store = store::make_sqlite_store(
      {.path = configuration.store_path,
       .if_missing = create ? store::IfMissing::create : store::IfMissing::refuse});
  store->apply_schema(store::product_schema());
  if (meters) {
    store = store::make_metered_store(std::move(store), std::move(meters));
  }
  return std::make_unique<EmbeddedSession>(std::move(store));
}

}  // namespace wattback::app

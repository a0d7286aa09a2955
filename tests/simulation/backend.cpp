#include "simulation/backend.h"

#include <stdlib.h>

#include <array>
#include <filesystem>

#include "base/check.h"
#include "mongo/test_database.h"
#include "store/layers/caching.h"
#include "store/layers/gathering.h"
#include "store/memory/memory_store.h"
#include "store/mongo/mongo_store.h"
#include "store/sqlite/sqlite_store.h"

namespace wattback::simulation {
namespace {

constexpr std::size_t servers = 2;

class MemoryBackend final : public Backend {
 public:
  MemoryBackend() : store_(store::make_memory_store()) {
    store_->apply_schema(store::product_schema());
  }
  store::Store& store_of(std::size_t) override { return *store_; }
  void restart(std::size_t) override {}

 private:
  std::unique_ptr<store::Store> store_;
};

class SqliteBackend final : public Backend {
 public:
  SqliteBackend() {
    std::string path = std::filesystem::temp_directory_path() / "wattback-simulation-XXXXXX";
    check(mkdtemp(path.data()) != nullptr);
    folder_ = path;
    for (std::size_t server = 0; server < servers; ++server) {
      restart(server);
    }
  }
  SqliteBackend(const SqliteBackend&) = delete;
  SqliteBackend& operator=(const SqliteBackend&) = delete;
  ~SqliteBackend() override {
    stores_ = {};
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  store::Store& store_of(std::size_t server) override { return *stores_.at(server); }

  void restart(std::size_t server) override {
    stores_.at(server).reset();
    auto file = store::make_sqlite_store(
        {.path = folder_ / "simulation.db", .if_missing = store::IfMissing::create});
    stores_.at(server) = store::make_caching_store(std::move(file), {});
    stores_.at(server)->apply_schema(store::product_schema());
  }

 private:
  std::filesystem::path folder_;
  std::array<std::unique_ptr<store::Store>, servers> stores_;
};

class MongoBackend final : public Backend {
 public:
  MongoBackend() {
    for (std::size_t server = 0; server < servers; ++server) {
      restart(server);
    }
  }

  store::Store& store_of(std::size_t server) override { return *stores_.at(server); }

  void restart(std::size_t server) override {
    stores_.at(server).reset();
    auto database = store::make_mongo_store(
        {.address = database_.address(), .if_missing = store::IfMissing::create});
    stores_.at(server) = store::make_gathering_store(std::move(database));
    stores_.at(server)->apply_schema(store::product_schema());
  }

 private:
  test::MongoDatabase database_;
  std::array<std::unique_ptr<store::Store>, servers> stores_;
};

}  // namespace

std::unique_ptr<Backend> make_memory_backend() { return std::make_unique<MemoryBackend>(); }
std::unique_ptr<Backend> make_sqlite_backend() { return std::make_unique<SqliteBackend>(); }
std::unique_ptr<Backend> make_mongo_backend() { return std::make_unique<MongoBackend>(); }

}  // namespace wattback::simulation

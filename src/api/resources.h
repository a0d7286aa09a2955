// What handlers work with. It outlives every request.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>

#include "access/tries.h"
#include "api/catalog_cache.h"
#include "api/last_summary.h"
#include "api/readiness.h"
#include "base/time.h"
#include "commit/committer.h"
#include "http/pool.h"
#include "security/password.h"
#include "store/store.h"

namespace wattback::api {

// Imports wait for many commits, each on a thread of its own; a withdrawal does not wait for them.
inline constexpr std::size_t imports_at_once_max = 2;
inline constexpr std::size_t withdrawals_at_once_max = 1;

// Who asks whether the store answers.
inline constexpr std::size_t probes_at_once_max = 4;

// Imports and bulks that arrive, wait or run: each may keep a body of 64 MiB in a file.
inline constexpr int imports_held_max = 32;

// Readings of a dry run, which are all held until it ends.
inline constexpr std::int64_t dry_run_readings_max = 100'000;

// Pieces of streamed bodies are written to files here, so that none waits for an import.
inline constexpr std::size_t spool_writes_at_once_max = 2;

// Commands whose answers are still to come: what these resume must be there then.
class Outstanding {
 public:
  class One {
   public:
    explicit One(Outstanding& all) : all_(&all) {
      const std::scoped_lock lock(all.mutex_);
      ++all.count_;
    }
    One(One&& other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
    One& operator=(One&&) = delete;
    ~One() {
      if (all_ != nullptr) {
        const std::scoped_lock lock(all_->mutex_);
        if (--all_->count_ == 0) {
          all_->none_left_.notify_all();
        }
      }
    }

   private:
    Outstanding* all_;
  };

  void wait_for_all() {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t count_ = 0;
};

// How many may wait for something; whoever finds no place is turned away.
class Places {
 public:
  class Place {
   public:
    explicit Place(Places& places) : places_(&places), is_free_(++places.taken_ <= places.max_) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --places_->taken_; }
    bool is_free() const { return is_free_; }

   private:
    Places* places_;
    bool is_free_;
  };

  explicit Places(int max) : max_(max) {}

 private:
  const int max_;
  std::atomic<int> taken_ = 0;
};

// Passwords are verified and hashed here: each takes long and much memory, so there are few at
// once, and few may wait.
class Hashing {
 public:
  static constexpr std::size_t at_once_max = 2;
  static constexpr int waiting_max = 64;

  // Runs `work` and resumes with what it answers; `overloaded` where too many wait already.
  template <class T>
  http::Task<Result<T>> run(std::move_only_function<Result<T>()> work) {
    const Places::Place place(places_);
    if (!place.is_free()) {
      co_return fail(ErrorCode::overloaded, "too many passwords are being verified");
    }
    auto task = call(std::move(work));
    co_return co_await pool_.run(std::move(task));
  }

  void join() { pool_.join(); }

 private:
  template <class T>
  static http::Task<Result<T>> call(std::move_only_function<Result<T>()> work) {
    co_return work();
  }

  Places places_{waiting_max};
  http::Pool pool_{at_once_max};
};

struct Resources {
  store::Store& store;
  commit::Committer& committer;
  Clock clock;
  security::HashCost hash_cost;
  std::string decoy;  // a hash of that cost, verified where there is none to verify against
  std::function<std::string()> metrics;               // what is counted, as Prometheus reads it
  std::shared_ptr<const std::string> contract_bytes;  // as served
  std::string contract_etag;
  std::chrono::milliseconds bulk_reader_time_max;
  std::stop_source stopping;  // what takes long is to end, and nothing waits for a client any more
  Outstanding commands;
  CatalogCache catalog;
  LastSummary summary;
  Readiness readiness;
  access::Tries tries;
  Hashing hashing;
  http::Pool spooling{spool_writes_at_once_max};
  Places import_places{imports_held_max};
  http::Pool imports{imports_at_once_max};
  http::Pool withdrawals{withdrawals_at_once_max};
};

}  // namespace wattback::api

// A store that counts what is asked of the store within: calls, documents, errors and time by
// operation and collection, and which indexes queries used.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace wattback::store {

enum class Operation : std::uint8_t {
  get,
  find,
  commit,  // a whole set, of no one collection
  insert,  // what the commits that happened changed, by collection
  replace,
  remove,
  snapshot,  // making one, of no one collection
  snapshot_get,
  snapshot_scan,
};

std::string_view to_text(Operation operation);

using Elapsed = std::chrono::nanoseconds;
using Stopwatch = std::function<Elapsed()>;  // time since some start; never goes back
Elapsed steady_elapsed();

// Sums since the meters were made.
struct OperationFigures {
  Operation operation = Operation::get;
  std::string collection;       // empty where it concerns no one collection
  std::uint64_t calls = 0;      // of insert, replace and remove: their documents
  std::uint64_t documents = 0;  // read or written; those a refused commit did not write excluded
  std::uint64_t errors = 0;     // calls that threw; a refusal is none
  Elapsed time{0};              // of a scan, with its sink; of insert, replace and remove: none

  bool operator==(const OperationFigures&) const = default;
};

// How often queries (of find and scan) went along an index.
struct IndexFigures {
  std::string collection;
  std::string index;
  std::uint64_t queries = 0;

  bool operator==(const IndexFigures&) const = default;
};

struct StoreFigures {
  std::vector<OperationFigures> operations;  // by operation, then collection; none without a call
  std::vector<IndexFigures> indexes;         // by collection, then index; none without a query
  std::map<Refusal::Reason, std::uint64_t> refusals;
};

// Where several stores and their snapshots may count at once. Thread-safe.
class StoreMeters {
 public:
  StoreFigures read() const;

  struct Call {
    std::uint64_t documents = 0;
    std::uint64_t errors = 0;
    Elapsed time{0};
  };
  void count(Operation operation, std::string_view collection, const Call& call);
  void count_changes(const ChangeSet& changes);  // that were committed
  void count_query(const Query& query);
  void count_refusal(Refusal::Reason reason);

 private:
  template <class T>
  using ByName = std::map<std::string, T, std::less<>>;

  OperationFigures& figures_of(Operation operation, std::string_view collection);

  mutable std::mutex mutex_;
  std::map<Operation, ByName<OperationFigures>> operations_;
  ByName<ByName<std::uint64_t>> indexes_;  // by collection, then index
  std::map<Refusal::Reason, std::uint64_t> refusals_;
};

// `inner` behind meters. Changes no answer.
std::unique_ptr<Store> make_metered_store(std::unique_ptr<Store> inner,
                                          std::shared_ptr<StoreMeters> meters,
                                          Stopwatch stopwatch = steady_elapsed);

}  // namespace wattback::store

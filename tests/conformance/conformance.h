// The fixture of the conformance tests: a new store with the test schema, and how to ask it.
// Each test file names its suite after what it covers and instantiates it for every store.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "conformance/store_under_test.h"
#include "conformance/test_schema.h"
#include "store/store.h"

namespace wattback::store {

// How gtest shows them.
void PrintTo(const Document& document, std::ostream* out);  // NOLINT(readability-identifier-naming)
void PrintTo(const Key& key, std::ostream* out);            // NOLINT(readability-identifier-naming)

}  // namespace wattback::store

namespace wattback::store::conformance {

std::string name_of(const testing::TestParamInfo<StoreFactory>& info);

// Where a random test starts: WATTBACK_SEED if that is set. Prints it.
std::uint64_t choose_seed();

// All that a query finds, read page by page; how many pages that took.
struct ReadPages {
  std::vector<Document> documents;
  std::size_t pages = 0;
};
ReadPages read_pages(Store& store, Query query);

std::vector<Document> scan_all(Snapshot& snapshot, const Query& query);

// A refusal as tests compare them: keys in a fixed order.
std::string describe(const CommitResult& result);

class Conformance : public testing::TestWithParam<StoreFactory> {
 protected:
  Conformance();

  Store& store() { return *store_; }
  StoreUnderTest& under_test() { return *under_test_; }
  const Schema& schema() const { return test_schema(); }

  // Closes the store and opens it again. Only where it is durable.
  void reopen();

  void commit(std::vector<Change> changes);         // must succeed
  Refusal refusal_of(std::vector<Change> changes);  // must be refused

  std::optional<Document> get(const Key& key);
  std::vector<Document> all_of(Collection collection);  // by primary key

 private:
  std::unique_ptr<StoreUnderTest> under_test_;
  std::unique_ptr<Store> store_;
};

}  // namespace wattback::store::conformance

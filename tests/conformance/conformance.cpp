#include "conformance/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

namespace wattback::store {

void PrintTo(const Document& document, std::ostream* out) {
  *out << "{";
  for (const auto& value : document.values) {
    const auto text = to_text(value);
    *out << " " << (text.size() > 80 ? fmt::format("({} bytes)", text.size()) : text);
  }
  *out << " }";
}

void PrintTo(const Key& key, std::ostream* out) { *out << to_text(key); }

}  // namespace wattback::store

namespace wattback::store::conformance {

std::string name_of(const testing::TestParamInfo<StoreFactory>& info) { return info.param.name; }

std::uint64_t choose_seed() {
  const char* chosen = std::getenv("WATTBACK_SEED");
  const std::uint64_t seed = chosen != nullptr ? std::stoull(chosen) : std::random_device{}();
  fmt::print("seed {} (WATTBACK_SEED={} replays it)\n", seed, seed);
  return seed;
}

ReadPages read_pages(Store& store, Query query) {
  ReadPages read;
  do {
    auto page = store.find(query);
    EXPECT_LE(page.documents.size(), query.limit);
    std::ranges::move(page.documents, std::back_inserter(read.documents));
    query.after = std::move(page.next);
    ++read.pages;
  } while (!query.after.empty());
  return read;
}

std::vector<Document> scan_all(Snapshot& snapshot, const Query& query) {
  std::vector<Document> documents;
  snapshot.scan(query, [&](const Document& document) {
    documents.push_back(document);
    return true;
  });
  return documents;
}

std::string describe(const CommitResult& result) {
  if (result) {
    return "committed";
  }
  std::vector<std::string> keys;
  for (const auto& key : result.error().keys) {
    keys.push_back(to_text(key));
  }
  std::ranges::sort(keys);
  constexpr std::array reasons{"conflict", "already_exists", "invalid"};
  return fmt::format("{}: {}", reasons.at(static_cast<std::size_t>(result.error().reason)),
                     fmt::join(keys, ", "));
}

Conformance::Conformance() : under_test_(GetParam().make()), store_(under_test_->make()) {
  store_->apply_schema(test_schema());
}

void Conformance::reopen() {
  store_.reset();
  store_ = under_test_->reopen();
  store_->apply_schema(test_schema());
}

void Conformance::commit(std::vector<Change> changes) {
  const auto result = store_->commit({std::move(changes)});
  ASSERT_TRUE(result) << describe(result) << ": " << result.error().detail;
}

Refusal Conformance::refusal_of(std::vector<Change> changes) {
  auto result = store_->commit({std::move(changes)});
  if (result) {
    ADD_FAILURE() << "was not refused";
    return {};
  }
  EXPECT_FALSE(result.error().detail.empty());
  return std::move(result.error());
}

std::optional<Document> Conformance::get(const Key& key) {
  return store_->get(key.collection, std::span(&key, 1)).at(0);
}

std::vector<Document> Conformance::all_of(Collection collection) {
  return read_pages(*store_, {.collection = collection, .limit = page_documents_max}).documents;
}

}  // namespace wattback::store::conformance

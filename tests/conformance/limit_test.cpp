// The largest document and the largest commit, and one beyond each.
#include "conformance/conformance.h"

namespace wattback::store::conformance {
namespace {

class Limit : public Conformance {};
INSTANTIATE_TEST_SUITE_P(conformance, Limit, testing::ValuesIn(stores_under_test()), name_of);

Key blob_key(std::int64_t id) { return {.collection = blobs, .values = {id}}; }

TEST_P(Limit, TakesTheLargestDocument) {
  const auto largest = blob(1, store().capabilities().document_bytes_max);
  commit({Insert{blobs, largest}});
  EXPECT_TRUE(get(blob_key(1)) == largest);
}

TEST_P(Limit, RefusesALargerDocument) {
  const auto larger = blob(1, store().capabilities().document_bytes_max + 1);
  const auto refusal = refusal_of({insert({.id = 1}), Insert{blobs, larger}});
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_THAT(refusal.keys, testing::ElementsAre(blob_key(1)));
  EXPECT_TRUE(all_of(blobs).empty());
  EXPECT_TRUE(all_of(members).empty());
}

// Insertions of `bytes` in all, the first ones as large as a document may be.
std::vector<Change> insertions_of(std::size_t bytes, std::size_t document_bytes_max) {
  constexpr std::size_t document_bytes_min = 24;
  std::vector<Change> changes;
  for (std::int64_t id = 0; bytes > 0; ++id) {
    auto size = std::min(bytes, document_bytes_max);
    if (bytes - size > 0 && bytes - size < document_bytes_min) {
      size -= document_bytes_min;
    }
    changes.emplace_back(Insert{blobs, blob(id, size)});
    bytes -= size;
  }
  return changes;
}

TEST_P(Limit, TakesTheLargestCommitInBytes) {
  const auto capabilities = store().capabilities();
  auto changes = insertions_of(capabilities.commit_bytes_max, capabilities.document_bytes_max);
  const auto count = changes.size();
  commit(std::move(changes));
  EXPECT_EQ(all_of(blobs).size(), count);
}

TEST_P(Limit, RefusesALargerCommitInBytes) {
  const auto capabilities = store().capabilities();
  const auto refusal =
      refusal_of(insertions_of(capabilities.commit_bytes_max + 1, capabilities.document_bytes_max));
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_TRUE(all_of(blobs).empty());
}

// Replacements of as many bytes as a commit may have, of as many again, beside removals.
TEST_P(Limit, CountsTheBytesOfWhatShallBeAlone) {
  const auto capabilities = store().capabilities();
  const auto insertions =
      insertions_of(capabilities.commit_bytes_max, capabilities.document_bytes_max);
  commit(insertions);
  const auto removed = static_cast<std::int64_t>(insertions.size());
  commit({Insert{blobs, blob(removed, capabilities.document_bytes_max)}});
  const auto replace_all = [&](std::size_t bytes_more) {
    std::vector<Change> changes{Remove{blobs, blob(removed, capabilities.document_bytes_max)}};
    for (const auto& change : insertions) {
      const auto& before = std::get<Insert>(change).document;
      changes.emplace_back(Replace{blobs, before, with(blobs, before, "version", std::int64_t{2})});
    }
    if (bytes_more > 0) {
      changes.emplace_back(Insert{blobs, blob(removed + 1, bytes_more)});
    }
    return changes;
  };
  EXPECT_EQ(refusal_of(replace_all(24)).reason, Refusal::Reason::invalid);
  commit(replace_all(0));
  EXPECT_EQ(all_of(blobs).size(), insertions.size());
}

std::vector<Change> insertions(std::size_t count) {
  std::vector<Change> changes;
  changes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    changes.emplace_back(Insert{entries, entry(1, static_cast<std::int64_t>(i), "x")});
  }
  return changes;
}

TEST_P(Limit, TakesTheLargestCommitInChanges) {
  const auto count = store().capabilities().commit_changes_max;
  commit(insertions(count));
  EXPECT_EQ(all_of(entries).size(), count);
}

TEST_P(Limit, RefusesALargerCommitInChanges) {
  const auto refusal = refusal_of(insertions(store().capabilities().commit_changes_max + 1));
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_TRUE(all_of(entries).empty());
}

TEST_P(Limit, LeavesRoomForACommand) {
  const auto capabilities = store().capabilities();
  EXPECT_GE(capabilities.commit_changes_max, 64U);  // commit::command_documents_max
  EXPECT_GE(capabilities.commit_bytes_max, capabilities.document_bytes_max);
}

}  // namespace
}  // namespace wattback::store::conformance

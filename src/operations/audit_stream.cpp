#include "operations/audit_stream.h"

#include <span>

#include "base/check.h"

namespace wattback::operations {
namespace {

constexpr std::size_t page_documents = 500;

}  // namespace

std::optional<store::Document> look_up(store::Snapshot& snapshot, const store::Key& key) {
  try {
    return snapshot.get(key.collection, std::span(&key, 1)).front();
  } catch (const store::CorruptDocument& corrupt) {
    throw Unreadable(corrupt.what());
  }
}

bool is_there(store::Snapshot& snapshot, const store::Key& key) {
  try {
    return look_up(snapshot, key).has_value();
  } catch (const Unreadable&) {
    return true;
  }
}

DocumentStream::DocumentStream(store::Snapshot& snapshot, store::Query query)
    : snapshot_(&snapshot),
      query_(std::move(query)),
      index_(&store::product_schema().collection(query_.collection).index(query_.index)) {}

const store::Document* DocumentStream::head() {
  if (page_.empty() && !at_end_) {
    refill();
  }
  if (page_.empty() && unreadable_) {
    throw Unreadable(*unreadable_);
  }
  return page_.empty() ? nullptr : &page_.front();
}

store::Document DocumentStream::take() {
  check(head() != nullptr);
  auto document = std::move(page_.front());
  page_.pop_front();
  return document;
}

// What was read before a document that can't be read is still handed out.
void DocumentStream::refill() {
  try {
    snapshot_->scan(query_, [&](const store::Document& document) {
      page_.push_back(document);
      return page_.size() < page_documents;
    });
  } catch (const store::CorruptDocument& corrupt) {
    unreadable_ = corrupt.what();
  }
  at_end_ = unreadable_ || page_.size() < page_documents;
  if (!page_.empty()) {
    query_.after = store::values_at(page_.back(), index_->order);
  }
}

}  // namespace wattback::operations

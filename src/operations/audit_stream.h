// The documents of a scan one by one, for who merges several scans.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "operations/audit_findings.h"
#include "store/codec.h"
#include "store/store.h"

namespace wattback::operations {

// The store can't give a document of the scan as values; there is no way past it.
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Which owners a pass goes over: all, those after one, or one alone.
struct OwnerRange {
  std::optional<Uuid> after;
  std::optional<Uuid> only;
};

class DocumentStream {
 public:
  DocumentStream(store::Snapshot& snapshot, store::Query query);

  const store::Document* head();  // the next document; null at the end. May throw Unreadable.
  store::Document take();         // which there must be

 private:
  void refill();

  store::Snapshot* snapshot_;
  store::Query query_;
  const store::IndexSchema* index_;
  std::deque<store::Document> page_;
  bool at_end_ = false;
  std::optional<std::string> unreadable_;  // why the scan ended before its end
};

// The document a key names, if there is one. May throw Unreadable.
std::optional<store::Document> look_up(store::Snapshot& snapshot, const store::Key& key);

// Whether there is one, readable or not.
bool is_there(store::Snapshot& snapshot, const store::Key& key);

// The document's value, or why it is none of ours.
template <class T>
std::expected<T, std::string> try_decode(const store::Codec<T>& codec,
                                         const store::Document& document) {
  auto fault = find_corruption(codec.schema(), document);
  if (!fault) {
    try {
      return codec.decode(document);
    } catch (const store::CorruptDocument& corrupt) {
      fault = corrupt.what();
    }
  }
  return std::unexpected("is no document of ours: " + *fault);
}

// Redemptions are gone through twice; what is wrong with one by itself is said the first time.
enum class Turn : std::uint8_t { first, again };

// Documents along an index whose first field names their owner: a member, a reward, or themselves.
template <class T>
class OwnedStream {
 public:
  OwnedStream(Findings& findings, store::Snapshot& snapshot, const store::Codec<T>& codec,
              std::string_view index, const OwnerRange& range, Turn turn = Turn::first)
      : findings_(&findings),
        codec_(&codec),
        owner_(codec.schema().index(index).fields.front()),
        turn_(turn),
        documents_(snapshot, query_of(codec.collection(), index, range)) {}

  // Whose the next document is; nobody's at the end.
  std::optional<Uuid> owner() {
    const auto* head = documents_.head();
    return head == nullptr ? std::nullopt : std::optional(std::get<Uuid>(head->values.at(owner_)));
  }

  // The owner's next document. Those that are none of ours are reported and left out.
  std::optional<T> next(const Uuid& owner) {
    while (this->owner() == owner) {
      if (auto value = decode(take())) {
        return value;
      }
    }
    return std::nullopt;
  }

  // Goes over the owner's documents, reporting in one line that there is no such owner.
  void report_orphans(const Uuid& owner, std::string_view collection) {
    Dangling dangling;
    while (this->owner() == owner) {
      dangling.note(codec_->schema().fields[owner_].name, owner, collection,
                    store::primary_key(codec_->schema(), take()));
    }
    dangling.report_to(*findings_);
  }

  void skip(const Uuid& owner) {
    while (this->owner() == owner) {
      take();
    }
  }

 private:
  static store::Query query_of(store::Collection collection, std::string_view index,
                               const OwnerRange& range) {
    store::Query query{.collection = collection, .index = index};
    if (range.only) {
      query.equals = {*range.only};
    } else if (range.after) {
      query.from = store::Bound{.value = *range.after, .inclusive = false};
    }
    return query;
  }

  store::Document take() {
    if (turn_ == Turn::first) {
      findings_->count_document();
    }
    return documents_.take();
  }

  std::optional<T> decode(const store::Document& document) {
    auto value = try_decode(*codec_, document);
    if (!value && turn_ == Turn::first) {
      findings_->report(Invariant::references, name_of(codec_->schema(), document), value.error());
    }
    return value ? std::optional<T>(std::move(*value)) : std::nullopt;
  }

  Findings* findings_;
  const store::Codec<T>* codec_;
  std::size_t owner_;
  Turn turn_;
  DocumentStream documents_;
};

}  // namespace wattback::operations

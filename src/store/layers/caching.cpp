#include "store/layers/caching.h"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/layers/layer.h"

namespace wattback::store {
namespace {

// Near enough: a key's values, a document's, and what they refer to.
std::size_t memory_of(const Key& key, const Document& document) {
  return (key.values.size() + document.values.size()) * sizeof(Value) + bytes_of(document);
}

// Documents by their keys, in two generations: when the young fill half of the room they become the
// old, and the old of before go. One that is asked for is young again.
class Shelf {
 public:
  explicit Shelf(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  const Document* find(const Key& key) {
    if (const auto young = young_.find(key); young != young_.end()) {
      return &young->second;
    }
    auto old = old_.extract(key);
    if (old.empty()) {
      return nullptr;
    }
    make_room(memory_of(key, old.mapped()));
    return &young_.insert(std::move(old)).position->second;
  }

  void put(Key key, Document document) {
    drop(key);
    make_room(memory_of(key, document));
    young_.emplace(std::move(key), std::move(document));
  }

  void drop(const Key& key) {
    old_.erase(key);
    if (const auto young = young_.extract(key); !young.empty()) {
      bytes_ -= memory_of(key, young.mapped());
    }
  }

  void clear() {
    young_.clear();
    old_.clear();
    bytes_ = 0;
  }

 private:
  void make_room(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > bytes_max_ / 2) {
      old_ = std::exchange(young_, {});
      bytes_ = bytes;
    }
  }

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;  // of the young
  std::unordered_map<Key, Document, KeyHash> young_;
  std::unordered_map<Key, Document, KeyHash> old_;
};

class CachingStore : public Layer {
 public:
  CachingStore(std::unique_ptr<Store> below, CachingOptions options)
      : Layer(std::move(below)),
        collections_(std::move(options.collections)),
        shelf_(options.bytes_max) {
    check(inner().capabilities().revision_delay == Milliseconds(0));
  }

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    const bool by_primary =
        std::ranges::all_of(keys, [](const Key& key) { return key.index == primary_index; });
    if (!by_primary || !keeps(collection)) {
      return inner().get(collection, keys);
    }
    const auto revision = inner().revision(collection);
    auto found = find_at_hand(collection, keys, revision);
    if (found.missing.empty()) {
      return std::move(found.documents);
    }
    auto read = inner().get(collection, found.missing);
    if (!keep(collection, found, read, revision)) {
      // Something changed meanwhile, and what was at hand may be older than what was read.
      return found.missing.size() == keys.size() ? std::move(read) : inner().get(collection, keys);
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
      found.documents[found.positions[i]] = std::move(read[i]);
    }
    return std::move(found.documents);
  }

  CommitResult commit(const ChangeSet& changes) override {
    begin_commit();
    try {
      auto result = inner().commit(changes);
      const auto revisions = result ? revisions_after(changes) : std::nullopt;
      if (revisions) {
        take_over(changes, *revisions);
      } else {
        forget();  // what is at hand may be what did not fit, or what another process changed
      }
      return result;
    } catch (...) {
      forget();
      throw;
    }
  }

  void apply_schema(const Schema& schema) override {
    inner().apply_schema(schema);
    const std::scoped_lock lock(mutex_);
    ++changes_;
    drop_all();  // what is at hand has the fields of before
    for (const auto& collection : schema.collections) {
      schema_.insert_or_assign(collection.name, collection);
    }
  }

 private:
  bool keeps(Collection collection) const {
    return schema_.contains(collection.name) &&
           (collections_.empty() || collections_.contains(collection.name));
  }

  using RevisionsByName = std::map<std::string_view, std::uint64_t>;

  struct Found {
    std::vector<std::optional<Document>> documents;
    std::vector<Key> missing;
    std::vector<std::size_t> positions;  // of the missing
    std::uint64_t changes = 0;           // as counted then
  };

  // Nothing at hand is sure to stand at another revision than the known one: another process wrote,
  // or a commit made here has not been taken over yet.
  bool is_known(Collection collection, std::uint64_t revision) const {
    const auto known = known_.find(collection.name);
    return known != known_.end() && known->second == revision;
  }

  Found find_at_hand(Collection collection, std::span<const Key> keys, std::uint64_t revision) {
    Found found;
    found.documents.resize(keys.size());
    const std::scoped_lock lock(mutex_);
    found.changes = changes_;
    const bool known = is_known(collection, revision);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto* document = known ? shelf_.find(keys[i]) : nullptr;
      if (document != nullptr) {
        found.documents[i] = *document;
      } else {
        found.missing.push_back(keys[i]);
        found.positions.push_back(i);
      }
    }
    return found;
  }

  // Whether what was found and what was read are of one moment; then the latter is kept.
  bool keep(Collection collection, const Found& found,
            const std::vector<std::optional<Document>>& read, std::uint64_t revision) {
    if (inner().revision(collection) != revision) {
      return false;
    }
    const std::scoped_lock lock(mutex_);
    if (changes_ != found.changes || commits_ > 0) {
      return changes_ == found.changes;
    }
    const auto [known, is_new] = known_.try_emplace(std::string(collection.name), revision);
    if (!is_new && known->second != revision) {
      drop_all();
      known_.emplace(collection.name, revision);
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (read[i]) {
        shelf_.put(kept_key(collection, found.missing[i].values), *read[i]);
      }
    }
    return true;
  }

  void begin_commit() {
    const std::scoped_lock lock(mutex_);
    ++commits_;
  }

  // Of the collections a commit changed. Nothing where they can't be read now: the commit stands
  // all the same.
  std::optional<RevisionsByName> revisions_after(const ChangeSet& changes) {
    RevisionsByName revisions;
    try {
      for (const auto& change : changes.changes) {
        const auto name = std::visit([](const auto& made) { return made.collection; }, change);
        if (keeps(name) && !revisions.contains(name.name)) {
          revisions.emplace(name.name, inner().revision(name));
        }
      }
    } catch (const std::exception&) {
      return std::nullopt;
    }
    return revisions;
  }

  // What was committed is at hand from now on, if the commit is all that happened since. Without
  // the memory for that, nothing is.
  void take_over(const ChangeSet& changes, const RevisionsByName& revisions) {
    const std::scoped_lock lock(mutex_);
    --commits_;
    ++changes_;
    try {
      keep_all(changes, revisions);
    } catch (const std::bad_alloc&) {
      drop_all();
    }
  }

  void keep_all(const ChangeSet& changes, const RevisionsByName& revisions) {
    for (const auto& [name, revision] : revisions) {
      const auto known = known_.find(name);
      if (known != known_.end() && revision != known->second + 1) {
        drop_all();
        return;
      }
    }
    for (const auto& [name, revision] : revisions) {
      if (const auto known = known_.find(name); known != known_.end()) {
        known->second = revision;
      }
    }
    for (const auto& change : changes.changes) {
      std::visit([this](const auto& made) { apply(made); }, change);
    }
  }

  void apply(const Insert& insert) { put(insert.collection, insert.document); }
  void apply(const Replace& replace) { put(replace.collection, replace.after); }
  void apply(const Remove& remove) {
    if (known_.contains(remove.collection.name)) {
      shelf_.drop(key_of(remove.collection, remove.before));
    }
  }

  void put(Collection collection, const Document& document) {
    if (known_.contains(collection.name)) {
      shelf_.put(key_of(collection, document), document);
    }
  }

  void forget() {
    const std::scoped_lock lock(mutex_);
    --commits_;
    ++changes_;
    drop_all();
  }

  void drop_all() {
    shelf_.clear();
    known_.clear();
  }

  Key key_of(Collection collection, const Document& document) const {
    const auto& schema = schema_.find(collection.name)->second;
    return kept_key(collection, values_at(document, schema.primary.fields));
  }

  // With a name that is there as long as the key.
  Key kept_key(Collection collection, std::vector<Value> values) const {
    return {.collection = {schema_.find(collection.name)->first}, .values = std::move(values)};
  }

  const std::set<std::string, std::less<>> collections_;
  std::map<std::string, CollectionSchema, std::less<>> schema_;
  std::mutex mutex_;
  Shelf shelf_;
  std::map<std::string, std::uint64_t, std::less<>> known_;  // revisions of which the shelf is
  std::uint64_t changes_ = 0;  // commits made here, and attempts at them
  int commits_ = 0;            // under way
};

}  // namespace

std::unique_ptr<Store> make_caching_store(std::unique_ptr<Store> inner, CachingOptions options) {
  return std::make_unique<CachingStore>(std::move(inner), std::move(options));
}

}  // namespace wattback::store

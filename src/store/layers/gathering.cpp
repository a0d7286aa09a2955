#include "store/layers/gathering.h"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/layers/layer.h"

namespace wattback::store {
namespace {

constexpr std::size_t gathered_max = 64;

// One key of a thread that waits.
struct Wanted {
  const Key* key = nullptr;
  std::optional<Document> document;
  bool leads = false;  // it is to read, for itself and those behind it
  bool is_done = false;
  bool has_failed = false;
  std::condition_variable changed;
};

using Together = boost::container::static_vector<Wanted*, gathered_max>;

// The reads of one collection: one thread reads, and those that come meanwhile wait together.
class Line {
 public:
  std::optional<Document> get(Store& store, Collection collection, const Key& key) {
    Wanted mine{.key = &key};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&mine);
    if (is_reading_) {
      mine.changed.wait(lock, [&] { return mine.is_done || mine.leads; });
    }
    if (!mine.is_done) {
      is_reading_ = true;
      const auto together = take();
      lock.unlock();
      read(store, collection, together);
      lock.lock();
      hand_over(together);
    }
    lock.unlock();
    // What can't be read may be another's: each then hears of its own.
    return mine.has_failed ? std::move(store.get(collection, {&key, 1}).front())
                           : std::move(mine.document);
  }

 private:
  // Without memory of its own, so that nobody is left waiting where that is short.
  Together take() {
    const auto count = std::min(waiting_.size(), gathered_max);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    Together together(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return together;
  }

  static void read(Store& store, Collection collection, const Together& together) {
    try {
      std::vector<Key> keys;
      keys.reserve(together.size());
      for (const auto* wanted : together) {
        keys.push_back(*wanted->key);
      }
      auto documents = store.get(collection, keys);
      check(documents.size() == together.size());
      for (std::size_t i = 0; i < together.size(); ++i) {
        together[i]->document = std::move(documents[i]);
      }
    } catch (const std::exception&) {
      for (auto* wanted : together) {
        wanted->has_failed = true;
      }
    }
  }

  void hand_over(const Together& together) {
    for (auto* wanted : together) {
      wanted->is_done = true;
      wanted->changed.notify_one();
    }
    is_reading_ = !waiting_.empty();
    if (is_reading_) {
      waiting_.front()->leads = true;
      waiting_.front()->changed.notify_one();
    }
  }

  std::mutex mutex_;
  std::vector<Wanted*> waiting_;
  bool is_reading_ = false;
};

class GatheringStore : public Layer {
 public:
  using Layer::Layer;

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    if (keys.size() != 1) {
      return inner().get(collection, keys);
    }
    std::vector<std::optional<Document>> found;
    found.push_back(line_of(collection, keys.front()).get(inner(), collection, keys.front()));
    return found;
  }

 private:
  // Of a collection and the index the key is of.
  Line& line_of(Collection collection, const Key& key) {
    const std::lock_guard lock(mutex_);
    return lines_[{std::string(collection.name), std::string(key.index)}];
  }

  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Line> lines_;
};

}  // namespace

std::unique_ptr<Store> make_gathering_store(std::unique_ptr<Store> inner) {
  return std::make_unique<GatheringStore>(std::move(inner));
}

}  // namespace wattback::store

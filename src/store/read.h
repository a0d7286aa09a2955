// Typed reads over the port.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "store/codec.h"
#include "store/store.h"

namespace wattback::store {

template <class T>
struct Listing {
  std::vector<T> items;
  Cursor next;  // empty: no more
};

template <class T>
std::optional<T> fetch(Store& store, const Codec<T>& codec, const Key& key) {
  const auto documents = store.get(key.collection, std::span(&key, 1));
  check(documents.size() == 1);
  return documents.front() ? std::optional<T>(codec.decode(*documents.front())) : std::nullopt;
}

// The documents the keys name, in their order; all of one collection, and any number of them.
template <class T>
std::vector<std::optional<T>> fetch_all(Store& store, const Codec<T>& codec,
                                        std::span<const Key> keys) {
  constexpr std::size_t keys_max = 500;  // at once
  std::vector<std::optional<T>> found;
  found.reserve(keys.size());
  while (!keys.empty()) {
    const auto now = keys.first(std::min(keys.size(), keys_max));
    for (const auto& document : store.get(now.front().collection, now)) {
      found.push_back(document ? std::optional<T>(codec.decode(*document)) : std::nullopt);
    }
    keys = keys.subspan(now.size());
  }
  return found;
}

template <class T>
Listing<T> list(Store& store, const Codec<T>& codec, const Query& query) {
  auto page = store.find(query);
  Listing<T> listing{.items = {}, .next = std::move(page.next)};
  listing.items.reserve(page.documents.size());
  for (const auto& document : page.documents) {
    listing.items.push_back(codec.decode(document));
  }
  return listing;
}

// Reads on in index order until `limit` items pass the filter or there is no more. At most
// `pages_max` pages are read; a caller that gets fewer than it asked for goes on from `next`.
template <class T>
Listing<T> list_filtered(Store& store, const Codec<T>& codec, Query query,
                         const std::function<bool(const T&)>& passes) {
  constexpr int pages_max = 20;
  const auto limit = query.limit;
  Listing<T> listing;
  for (int pages = 0; pages < pages_max; ++pages) {
    query.limit = limit - listing.items.size();
    auto page = list(store, codec, query);
    for (auto& item : page.items) {
      if (passes(item)) {
        listing.items.push_back(std::move(item));
      }
    }
    listing.next = page.next;
    if (listing.items.size() == limit || page.next.empty()) {
      break;
    }
    query.after = std::move(page.next);
  }
  return listing;
}

// All that the query finds, page by page.
template <class T>
void for_each(Store& store, const Codec<T>& codec, Query query,
              const std::function<void(const T&)>& sink) {
  query.limit = page_documents_max;
  do {
    auto page = list(store, codec, query);
    for (const auto& item : page.items) {
      sink(item);
    }
    query.after = std::move(page.next);
  } while (!query.after.empty());
}

}  // namespace wattback::store

#include "store/sqlite/page_cache.h"

#include <sqlite3.h>

#include <algorithm>
#include <new>

namespace wattback::store::sqlite {
namespace {

using PageNumber = unsigned;

// Of the byte that SQLite locks files by, which no page holds (PENDING_BYTE in pager.h).
constexpr PageNumber pending_byte = 1U << 30U;

// SQLite's own, as it was.
const sqlite3_pcache_methods2& own() {
  static const auto methods = [] {
    sqlite3_pcache_methods2 asked{};
    sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &asked);
    return asked;
  }();
  return methods;
}

// What SQLite holds as the cache of a file.
struct Cache {
  sqlite3_pcache* pages = nullptr;
  PageNumber nobodys = 0;  // by way of which pages change their numbers
  PageNumber highest = 0;

  void note(PageNumber number) {
    highest = number == nobodys ? highest : std::max(highest, number);
  }
};

Cache& ours(sqlite3_pcache* cache) { return *reinterpret_cast<Cache*>(cache); }

sqlite3_pcache* create(int page_bytes, int extra_bytes, int purgeable) {
  auto* pages = own().xCreate(page_bytes, extra_bytes, purgeable);
  if (pages == nullptr) {
    return nullptr;
  }
  auto* cache = new (std::nothrow)
      Cache{.pages = pages, .nobodys = pending_byte / static_cast<PageNumber>(page_bytes) + 1};
  if (cache == nullptr) {
    own().xDestroy(pages);
  }
  return reinterpret_cast<sqlite3_pcache*>(cache);
}

void destroy(sqlite3_pcache* cache) {
  own().xDestroy(ours(cache).pages);
  delete &ours(cache);
}

sqlite3_pcache_page* fetch(sqlite3_pcache* cache, PageNumber number, int creates) {
  auto* page = own().xFetch(ours(cache).pages, number, creates);
  if (page != nullptr) {
    ours(cache).note(number);
  }
  return page;
}

void rekey(sqlite3_pcache* cache, sqlite3_pcache_page* page, PageNumber before, PageNumber after) {
  own().xRekey(ours(cache).pages, page, before, after);
  ours(cache).note(after);
}

// Drops the pages from a number on.
void truncate(sqlite3_pcache* cache, PageNumber from) {
  auto& cut = ours(cache);
  if (from <= cut.highest) {
    own().xTruncate(cut.pages, from);
    cut.highest = from - 1;
  }
}

sqlite3_pcache_methods2 make_methods() {
  auto methods = own();
  methods.xCreate = create;
  methods.xDestroy = destroy;
  methods.xFetch = fetch;
  methods.xRekey = rekey;
  methods.xTruncate = truncate;
  methods.xCachesize = [](sqlite3_pcache* cache, int pages) {
    own().xCachesize(ours(cache).pages, pages);
  };
  methods.xPagecount = [](sqlite3_pcache* cache) { return own().xPagecount(ours(cache).pages); };
  methods.xUnpin = [](sqlite3_pcache* cache, sqlite3_pcache_page* page, int discard) {
    own().xUnpin(ours(cache).pages, page, discard);
  };
  methods.xShrink = [](sqlite3_pcache* cache) { own().xShrink(ours(cache).pages); };
  return methods;
}

}  // namespace

bool use_knowing_page_cache() {
  static const bool is_used = [] {
    auto methods = make_methods();
    return sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods) == SQLITE_OK;
  }();
  return is_used;
}

}  // namespace wattback::store::sqlite

#include "api/catalog_cache.h"

#include <utility>

namespace wattback::api {
namespace {

constexpr std::size_t page_bytes_beside = 512;  // of the map, the tag and the rest, near enough

}  // namespace

Result<CatalogCache::Page> CatalogCache::find_or_read(
    const std::string& name, std::uint64_t revision,
    const std::function<Result<CatalogPage>()>& read) {
  if (auto page = find(name, revision)) {
    return page;
  }
  auto made = read();
  if (!made) {
    return std::unexpected(std::move(made.error()));
  }
  auto page = std::make_shared<const CatalogPage>(*std::move(made));
  keep(name, revision, page);
  return page;
}

CatalogCache::Page CatalogCache::find(const std::string& name, std::uint64_t revision) {
  const std::scoped_lock lock(mutex_);
  if (revision != revision_) {
    return nullptr;
  }
  const auto found = pages_.find(name);
  return found == pages_.end() ? nullptr : found->second;
}

// Two readers may come in another order than the revisions they saw: a revision never goes back.
void CatalogCache::keep(const std::string& name, std::uint64_t revision, const Page& page) {
  const std::scoped_lock lock(mutex_);
  if (revision < revision_) {
    return;
  }
  const auto bytes = name.size() + page->bytes.size() + page->next.size() + page_bytes_beside;
  if (revision > revision_ || bytes_ + bytes > bytes_max) {
    pages_.clear();
    bytes_ = 0;
    revision_ = revision;
  }
  if (pages_.try_emplace(name, page).second) {
    bytes_ += bytes;
  }
}

}  // namespace wattback::api

#include "api/catalog_cache.h"

#include <utility>

namespace wattback::api {

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
void CatalogCache::keep(const std::string& name, std::uint64_t revision, Page page) {
  const std::scoped_lock lock(mutex_);
  if (revision < revision_) {
    return;
  }
  if (revision > revision_ || pages_.size() == pages_max) {
    pages_.clear();
    revision_ = revision;
  }
  pages_.insert_or_assign(name, std::move(page));
}

}  // namespace wattback::api

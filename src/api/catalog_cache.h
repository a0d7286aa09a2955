// Pages of the catalog as they were last answered, for those who ask for the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"

namespace wattback::api {

// A page as it is sent.
struct CatalogPage {
  std::string bytes;
  std::string etag;
  std::string next;  // the cursor of the next page
};

// Thread-safe.
class CatalogCache {
 public:
  // When full, all are dropped; a page alone may have more.
  static constexpr std::size_t bytes_max = std::size_t{16} << 20U;

  using Page = std::shared_ptr<const CatalogPage>;

  // The page of that name, made by `read` unless it is here. All are dropped when `revision`, that
  // of the rewards, which must have been read before, has moved.
  Result<Page> find_or_read(const std::string& name, std::uint64_t revision,
                            const std::function<Result<CatalogPage>()>& read);

 private:
  Page find(const std::string& name, std::uint64_t revision);
  void keep(const std::string& name, std::uint64_t revision, const Page& page);

  std::mutex mutex_;
  std::uint64_t revision_ = 0;
  std::map<std::string, Page, std::less<>> pages_;
  std::size_t bytes_ = 0;  // of them, and their names
};

}  // namespace wattback::api

#include "earning/reads.h"

namespace wattback::earning {

store::Listing<EarningRules> list(store::Store& store, std::size_t limit, store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection, .limit = limit, .after = std::move(after)});
}

std::optional<EarningRules> find(store::Store& store, std::int64_t rules_version) {
  return store::fetch(store, codec(), key(rules_version));
}

}  // namespace wattback::earning

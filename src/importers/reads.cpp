#include "importers/reads.h"

namespace wattback::importers {

std::optional<Import> find(store::Store& store, const ImportId& id) {
  return store::fetch(store, codec(), key(id));
}

store::Listing<Import> list(store::Store& store, std::size_t limit, store::Cursor after) {
  return store::list(store, codec(),
                     {.collection = collection,
                      .index = index_created_at,
                      .order = store::Order::descending,
                      .limit = limit,
                      .after = std::move(after)});
}

}  // namespace wattback::importers

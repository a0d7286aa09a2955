// A query as finds along one index of MongoDB.
#pragma once

#include <vector>

#include "store/mongo/layout.h"
#include "store/query.h"

namespace wattback::store::mongo {

struct Find {
  Bson filter;
  Bson sort;  // along the index, so that MongoDB need not sort
};

// What finds the query's documents, in the query's order, when asked one after the other. There are
// several where a cursor stands between documents that share its first fields, and where absent
// values must be told from present ones; none where nothing can be found. The query's limit is the
// caller's.
std::vector<Find> finds_along(const Layout& layout, const Query& query);

}  // namespace wattback::store::mongo

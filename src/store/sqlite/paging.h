// The SQL of a query: a walk along one index.
#pragma once

#include <string>
#include <vector>

#include "store/query.h"
#include "store/schema.h"

namespace wattback::store::sqlite {

struct Select {
  std::string text;
  std::vector<Value> values;  // of its parameters, in order
};

// What finds the query's documents, in the query's order, when run one after the other; each walks
// the query's index without sorting. There are several only where absent values must be paged over,
// none where nothing can be found. The query's limit is the caller's.
std::vector<Select> select_along(const CollectionSchema& collection, const Query& query);

}  // namespace wattback::store::sqlite

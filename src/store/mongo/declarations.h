// What MongoDB is told of a collection: the validator and the indexes that follow from its schema.
#pragma once

#include "store/mongo/layout.h"

namespace wattback::store::mongo {

// {$jsonSchema: ...}: all fields with their types, which are required, ranges, words and lengths
// (of a text in letters, of which no more than the bytes allowed can be), and no other field.
Bson validator_of(const Layout& layout);

// Of createIndexes, in the schema's order; each of the name of its index.
Bson indexes_of(const Layout& layout);  // an array

}  // namespace wattback::store::mongo

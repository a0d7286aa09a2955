// What MongoDB is told of a collection: the validator and the indexes that follow from its schema.
#pragma once

#include "store/mongo/layout.h"

namespace wattback::store::mongo {

// {$jsonSchema: ...}: all fields with their types, which are required, ranges, words and lengths
// (of a text in letters, of which no more than the bytes allowed can be), and no other field.
Bson validator_of(const Layout& layout);

// Whether two validators, or parts of them, ask the same of documents: descriptions are for people,
// and a whole number is the same in whatever type a shell wrote it.
bool is_same_declaration(const bson_t* one, const bson_t* other);

// Of createIndexes, in the schema's order; each of the name of its index.
Bson indexes_of(const Layout& layout);  // an array

}  // namespace wattback::store::mongo

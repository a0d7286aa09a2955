// How a collection's documents stand in MongoDB.
//
// A field keeps its name; an absent one is left out. A primary key of one field is repeated as
// `_id`; one of several stands in `_id` alone, a document of them in order, so that its order is
// theirs. Types: uuid BinData 4, bytes BinData 0, time and day dates (a day its midnight in UTC),
// int64 long, real double, integers a document of longs. Bytes of no fixed length that an index
// orders are text in hexadecimal: MongoDB orders BinData by its length first, we by its bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/document.h"
#include "store/mongo/bson.h"

namespace wattback::store::mongo {

enum class Form : std::uint8_t { natural, hexadecimal };

struct StoredField {
  std::string path;  // "points", or "_id.seq" of a key of several fields
  Form form = Form::natural;
};

// An index as MongoDB has it. One of unique fields that may be absent is two: MongoDB takes absent
// values for equal ones, so what is unique holds no document that lacks one, and beside it stands
// one that orders them all.
struct StoredIndex {
  std::string name;
  std::vector<std::size_t> fields;
  bool unique = false;
  bool partial = false;  // holds only documents that have all its fields
};

class Layout {
 public:
  explicit Layout(const CollectionSchema& schema);  // which must outlive it

  const CollectionSchema& collection() const { return *collection_; }
  const StoredField& field(std::size_t position) const { return fields_[position]; }
  bool has_key_in_id() const { return collection_->primary.fields.size() > 1; }
  // Of the shard field, where it has one that its key does not hold.
  std::optional<std::size_t> shard_beside_key() const;

  std::vector<StoredIndex> stored_indexes() const;  // but that of _id
  // What orders a walk along the index: fields of one that stands in MongoDB.
  const std::vector<std::size_t>& walk(const IndexSchema& index) const;

  void add_value(Bson& bson, std::string_view name, std::size_t position,
                 const Value& value) const;  // absent: null
  void add_id(Bson& bson, std::string_view name, std::span<const Value> key) const;
  Bson to_bson(const Document& document) const;

  // The operators of an update that makes of a stored `before`, with the same key, `after`: what
  // they do not name stays, a newer schema's fields too.
  Bson update_of(const Document& before, const Document& after) const;

  // Throw CorruptDocument for what to_bson does not make; but fields that are none of the schema's
  // are left alone: a newer one may have them.
  Document to_document(const bson_t* bson) const;
  std::vector<Value> key_of(const bson_t* bson) const;  // by its _id alone
  Bson unknown_of(const bson_t* bson) const;            // those fields

 private:
  Document read_document(const bson_t* bson) const;
  std::string name_of(const bson_t* bson) const;
  Value to_value(const bson_iter_t& at, std::size_t position) const;
  std::optional<std::size_t> find_field(std::string_view name, std::size_t expected) const;
  [[noreturn]] void corrupt(std::string_view what) const;

  const CollectionSchema* collection_;
  std::vector<StoredField> fields_;
};

// Those of a schema.
class Layouts {
 public:
  explicit Layouts(const Schema& schema);
  Layouts(const Layouts&) = delete;
  Layouts& operator=(const Layouts&) = delete;

  const Layout& at(Collection collection) const;  // must exist
  const std::vector<Layout>& all() const { return layouts_; }

 private:
  Schema schema_;
  std::vector<Layout> layouts_;
};

}  // namespace wattback::store::mongo

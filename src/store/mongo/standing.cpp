#include "store/mongo/standing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "store/mongo/database.h"
#include "store/mongo/declarations.h"
#include "store/mongo/limits.h"

namespace wattback::store::mongo {
namespace {

// The document at a path; empty where there is none.
Bson document_at(const bson_t* whole, const std::string& path) {
  Bson document;
  bson_iter_t top;
  bson_iter_t found;
  if (bson_iter_init(&top, whole) && bson_iter_find_descendant(&top, path.c_str(), &found) &&
      BSON_ITER_HOLDS_DOCUMENT(&found)) {
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&found, &size, &bytes);
    const BsonHandle copy(bson_new_from_data(bytes, size));
    check(bson_concat(document.get(), copy.get()));
  }
  return document;
}

// In whatever order: the server keeps options of an index in its own.
bool have_same_fields(const bson_t* one, const bson_t* other) {
  if (bson_count_keys(one) != bson_count_keys(other)) {
    return false;
  }
  bson_iter_t each;
  check(bson_iter_init(&each, one));
  while (bson_iter_next(&each)) {
    bson_iter_t same;
    if (!bson_iter_init_find(&same, other, bson_iter_key(&each)) ||
        bson_iter_type(&same) != bson_iter_type(&each)) {
      return false;
    }
    Bson left;
    Bson right;
    bson_append_iter(left.get(), "", 0, &each);
    bson_append_iter(right.get(), "", 0, &same);
    if (!bson_equal(left.get(), right.get())) {
      return false;
    }
  }
  return true;
}

// The indexes of a collection by their names, as listIndexes tells them.
std::map<std::string, Bson> read_indexes(const Connection& connection, const std::string& name) {
  const CollectionHandle collection(mongoc_client_get_collection(
      connection.client(), connection.database().c_str(), name.c_str()));
  const CursorHandle cursor(mongoc_collection_find_indexes_with_opts(collection.get(), nullptr));
  std::map<std::string, Bson> indexes;
  const bson_t* described = nullptr;
  while (mongoc_cursor_next(cursor.get(), &described)) {
    Bson index;
    bson_copy_to_excluding_noinit(described, index.get(), "v", "ns", nullptr);
    indexes.emplace(text_at(described, "name").value_or(""), std::move(index));
  }
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (mongoc_cursor_error_document(cursor.get(), &error, &reply)) {
    connection.raise(Failure::of(error, reply), Moment::opening);
  }
  return indexes;
}

// Fields that documents have and the schema does not: they are left alone, and a validator refuses
// every change of such a document. Of each document only these fields are asked for.
void find_unknown_fields(const Connection& connection, const Layout& layout,
                         std::vector<std::string>& faults) {
  const auto& collection = layout.collection();
  Bson known;
  for (std::size_t i = 0; i < collection.fields.size(); ++i) {
    if (layout.field(i).path == collection.fields[i].name) {
      known.int32(collection.fields[i].name, 0);
    }
  }
  Bson sort;
  Bson options;
  options.document("projection", known)
      .document("sort", sort.int32("_id", 1))
      .int32("batchSize", scan_batch_documents);
  Cursor cursor(connection, collection.name, {}, std::move(options));
  std::map<std::string, std::int64_t> documents;
  while (const auto* document = cursor.next()) {
    bson_iter_t each;
    check(bson_iter_init(&each, document));
    while (bson_iter_next(&each)) {
      const std::string name(bson_iter_key(&each), bson_iter_key_len(&each));
      if (name != "_id" && (documents.size() < unknown_fields_max || documents.contains(name))) {
        ++documents[name];
      }
    }
  }
  for (const auto& [name, count] : documents) {
    faults.push_back(fmt::format("{}: {} {} a field '{}', which is of no schema", collection.name,
                                 count, count == 1 ? "document has" : "documents have", name));
  }
}

void find_unknown_declarations(const Layout& layout, const Validator& standing,
                               std::vector<std::string>& faults) {
  const std::string properties = "$jsonSchema.properties";
  const auto declared = document_at(standing.rules.get(), properties);
  const auto known = document_at(validator_of(layout).get(), properties);
  bson_iter_t each;
  check(bson_iter_init(&each, declared.get()));
  while (bson_iter_next(&each)) {
    const std::string name = bson_iter_key(&each);
    if (!bson_has_field(known.get(), name.c_str())) {
      faults.push_back(
          fmt::format("{}.{} is declared, and of no schema", layout.collection().name, name));
    }
  }
}

void find_validator_faults(const Layout& layout, const Validator& standing, bool is_of_version,
                           std::vector<std::string>& faults) {
  const auto& name = layout.collection().name;
  const auto before = faults.size();
  for (const auto& fault : find_field_faults(layout, standing)) {
    faults.push_back(fmt::format("{}.{} {}", name, fault.field,
                                 fault.is_missing ? "is missing" : "is declared otherwise"));
  }
  if (is_of_version) {
    find_unknown_declarations(layout, standing, faults);
  }
  if (!standing.is_enforced()) {
    faults.push_back(fmt::format("{} is not held to its validator (level {}, action {})", name,
                                 standing.level, standing.action));
  } else if (faults.size() == before && !is_as_declared(layout, standing)) {
    faults.push_back(name + " is held to other rules than the schema's");
  }
}

// Those of somebody else that refuse what the schema allows.
void find_unknown_unique_indexes(const Connection& connection, const Layout& layout,
                                 std::vector<std::string>& faults) {
  const auto& name = layout.collection().name;
  const auto declared = layout.stored_indexes();
  for (const auto& [index, described] : read_indexes(connection, name)) {
    bson_iter_t unique;
    if (std::ranges::find(declared, index, &StoredIndex::name) == declared.end() &&
        bson_iter_init_find(&unique, described.get(), "unique") && bson_iter_as_bool(&unique)) {
      faults.push_back(fmt::format("the index {} of {} is unique, and of no schema", index, name));
    }
  }
}

}  // namespace

Validators read_validators(const Connection& connection) {
  const DatabaseHandle database(
      mongoc_client_get_database(connection.client(), connection.database().c_str()));
  const CursorHandle cursor(mongoc_database_find_collections_with_opts(database.get(), nullptr));
  Validators validators;
  const bson_t* described = nullptr;
  while (mongoc_cursor_next(cursor.get(), &described)) {
    Validator validator;
    validator.rules = document_at(described, "options.validator");
    validator.level = text_at(described, "options.validationLevel").value_or(validator.level);
    validator.action = text_at(described, "options.validationAction").value_or(validator.action);
    validators.emplace(text_at(described, "name").value_or(""), std::move(validator));
  }
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (mongoc_cursor_error_document(cursor.get(), &error, &reply)) {
    connection.raise(Failure::of(error, reply), Moment::opening);
  }
  return validators;
}

bool is_as_declared(const Layout& layout, const Validator& standing) {
  return standing.is_enforced() &&
         is_same_declaration(validator_of(layout).get(), standing.rules.get());
}

std::vector<FieldFault> find_field_faults(const Layout& layout, const Validator& standing) {
  const auto expected = validator_of(layout);
  std::vector<FieldFault> faults;
  for (const auto& field : layout.collection().fields) {
    const auto path = "$jsonSchema.properties." + field.name;
    const auto wanted = document_at(expected.get(), path);
    const auto there = document_at(standing.rules.get(), path);
    if (!is_same_declaration(wanted.get(), there.get())) {
      const auto type = text_at(there.get(), "bsonType");
      faults.push_back({.field = field.name,
                        .is_missing = there.empty(),
                        .is_of_another_type = type && type != text_at(wanted.get(), "bsonType")});
    }
  }
  return faults;
}

std::vector<std::string> find_index_faults(const Connection& connection, const Layout& layout) {
  std::vector<std::string> faults;
  const auto& name = layout.collection().name;
  const auto standing = read_indexes(connection, name);
  const auto declared = indexes_of(layout);
  bson_iter_t each;
  check(bson_iter_init(&each, declared.get()));
  while (bson_iter_next(&each)) {
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&each, &size, &bytes);
    const BsonHandle wanted(bson_new_from_data(bytes, size));
    const auto index = text_at(wanted.get(), "name").value_or("");
    const auto found = standing.find(index);
    if (found == standing.end()) {
      faults.push_back(fmt::format("the index {} of {} is missing", index, name));
    } else if (!have_same_fields(wanted.get(), found->second.get())) {
      faults.push_back(fmt::format("the index {} of {} is another", index, name));
    }
  }
  return faults;
}

std::vector<std::string> find_faults(const Connection& connection, const Layouts& layouts,
                                     std::int64_t version) {
  std::vector<std::string> faults;
  const auto found = read_version(connection, Moment::opening);
  const bool is_of_version = found == version;  // a newer schema may have more
  if (!is_of_version) {
    faults.push_back(
        fmt::format("the store has schema version {}, not {}", found.value_or(0), version));
  }
  const auto standing = read_validators(connection);
  for (const auto& layout : layouts.all()) {
    const auto& name = layout.collection().name;
    const auto validator = standing.find(name);
    if (validator == standing.end()) {
      faults.push_back(name + " is missing");
      continue;
    }
    find_validator_faults(layout, validator->second, is_of_version, faults);
    std::ranges::move(find_index_faults(connection, layout), std::back_inserter(faults));
    if (is_of_version) {
      find_unknown_fields(connection, layout, faults);
      find_unknown_unique_indexes(connection, layout, faults);
    }
  }
  return faults;
}

}  // namespace wattback::store::mongo

#include "store/mongo/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/check.h"
#include "store/mongo/declarations.h"
#include "store/mongo/limits.h"
#include "store/store.h"

namespace wattback::store::mongo {
namespace {

constexpr std::string_view record_id = "schema";
constexpr std::int64_t namespace_exists = 48;
constexpr std::int64_t duplicate_key = 11000;

Bson majority() {
  Bson concern;
  concern.text("w", "majority");
  return concern;
}

void run_or_raise(const Connection& connection, const Bson& command, Reply& reply) {
  if (const auto failure = connection.run(command, reply)) {
    connection.raise(*failure, Moment::opening);
  }
}

// The collections that stand there, each with its validator.
using Validators = std::map<std::string, BsonHandle, std::less<>>;

Validators read_validators(const Connection& connection) {
  const DatabaseHandle database(
      mongoc_client_get_database(connection.client(), connection.database().c_str()));
  const CursorHandle cursor(mongoc_database_find_collections_with_opts(database.get(), nullptr));
  Validators validators;
  const bson_t* described = nullptr;
  while (mongoc_cursor_next(cursor.get(), &described)) {
    BsonHandle validator(bson_new());
    bson_iter_t whole;
    bson_iter_t found;
    if (bson_iter_init(&whole, described) &&
        bson_iter_find_descendant(&whole, "options.validator", &found) &&
        BSON_ITER_HOLDS_DOCUMENT(&found)) {
      std::uint32_t size = 0;
      const std::uint8_t* bytes = nullptr;
      bson_iter_document(&found, &size, &bytes);
      validator.reset(bson_new_from_data(bytes, size));
    }
    validators.emplace(text_at(described, "name").value_or(""), std::move(validator));
  }
  bson_error_t error{};
  const bson_t* reply = nullptr;
  if (mongoc_cursor_error_document(cursor.get(), &error, &reply)) {
    connection.raise(Failure::of(error, reply), Moment::opening);
  }
  return validators;
}

void refuse_newer(const Connection& connection, std::int64_t found, std::int64_t known) {
  if (found > known) {
    connection.refuse(
        fmt::format("the store has schema version {}, this program knows {}", found, known));
  }
}

// So that one that is older, and comes from now on, is refused.
void record_version(const Connection& connection, std::int64_t version) {
  Bson query;
  Bson raised;
  Bson update;
  Bson command;
  command.text("findAndModify", store_collection)
      .document("query", query.text("_id", record_id))
      .document("update", update.document("$max", raised.int64("version", version)))
      .boolean("upsert", true)
      .boolean("new", true)
      .document("writeConcern", majority());
  Reply reply;
  auto failure = connection.run(command, reply);
  if (failure && failure->code == duplicate_key) {  // another has made it at the same moment
    failure = connection.run(command, reply);
  }
  if (failure) {
    connection.raise(*failure, Moment::opening);
  }
  refuse_newer(connection, integer_at(reply.get(), "value.version").value_or(0), version);
}

void create(const Connection& connection, const Layout& layout, const Bson& validator) {
  Bson command;
  command.text("create", layout.collection().name)
      .document("validator", validator)
      .text("validationLevel", "strict")
      .text("validationAction", "error")
      .document("writeConcern", majority());
  Reply reply;
  const auto failure = connection.run(command, reply);
  if (failure && failure->code != namespace_exists) {
    connection.raise(*failure, Moment::opening);
  }
}

void change(const Connection& connection, const Layout& layout, const Bson& validator) {
  Bson command;
  command.text("collMod", layout.collection().name)
      .document("validator", validator)
      .text("validationLevel", "strict")
      .text("validationAction", "error")
      .document("writeConcern", majority());
  Reply reply;
  run_or_raise(connection, command, reply);
}

// A part of a validator; empty where it has none. Descriptions are for people.
Bson part_of(const bson_t* validator, const std::string& path) {
  Bson part;
  bson_iter_t whole;
  bson_iter_t found;
  if (bson_iter_init(&whole, validator) &&
      bson_iter_find_descendant(&whole, path.c_str(), &found) && BSON_ITER_HOLDS_DOCUMENT(&found)) {
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&found, &size, &bytes);
    const BsonHandle copy(bson_new_from_data(bytes, size));
    bson_copy_to_excluding_noinit(copy.get(), part.get(), "description", nullptr);
  }
  return part;
}

struct FieldFault {
  std::string field;
  bool is_missing = false;
};

// The fields of a collection that its validator does not have, or has otherwise.
std::vector<FieldFault> find_field_faults(const Layout& layout, const bson_t* standing) {
  const auto expected = validator_of(layout);
  std::vector<FieldFault> faults;
  for (const auto& field : layout.collection().fields) {
    const auto path = "$jsonSchema.properties." + field.name;
    const auto wanted = part_of(expected.get(), path);
    const auto there = part_of(standing, path);
    if (!bson_equal(wanted.get(), there.get())) {
      faults.push_back({.field = field.name, .is_missing = there.empty()});
    }
  }
  return faults;
}

// Whether it requires the same fields, and takes no others.
bool have_same_rules(const Layout& layout, const bson_t* standing) {
  const auto rules = [](const bson_t* validator) {
    Bson kept;
    const auto schema = part_of(validator, "$jsonSchema");
    bson_copy_to_excluding_noinit(schema.get(), kept.get(), "properties", nullptr);
    return kept;
  };
  const auto expected = validator_of(layout);
  return bson_equal(rules(expected.get()).get(), rules(standing).get());
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
    connection.raise(Failure::of(error, reply), Moment::statement);
  }
  return indexes;
}

void find_index_faults(const Connection& connection, const Layout& layout,
                       std::vector<std::string>& faults) {
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
}

void make_indexes(const Connection& connection, const Layout& layout) {
  std::vector<std::string> faults;
  find_index_faults(connection, layout, faults);
  if (faults.empty()) {  // so that who may only read can
    return;
  }
  const auto indexes = indexes_of(layout);
  Bson command;
  command.text("createIndexes", layout.collection().name)
      .array("indexes", indexes)
      .document("writeConcern", majority());
  Reply reply;
  run_or_raise(connection, command, reply);
}

// Before anything is changed.
void refuse_others(const Connection& connection, const Layout& layout, const Validators& standing) {
  const auto found = standing.find(layout.collection().name);
  if (found == standing.end()) {
    return;
  }
  for (const auto& fault : find_field_faults(layout, found->second.get())) {
    const auto& fields = layout.collection().fields;
    const auto field = std::ranges::find(fields, fault.field, &FieldSchema::name);
    if (!fault.is_missing || !field->may_be_absent()) {
      connection.refuse(
          fmt::format("{}.{} differs from what this program knows; it must be migrated",
                      layout.collection().name, fault.field));
    }
  }
}

}  // namespace

Deployment check_server(const Connection& connection) {
  Bson command;
  Reply reply;
  run_or_raise(connection, command.int32("hello", 1), reply);
  if (is_true_at(reply.get(), "isreplicaset")) {
    connection.refuse("the replica set is not initiated; run rs.initiate() once, in mongosh");
  }
  const bool is_router = text_at(reply.get(), "msg") == "isdbgrid";
  if (!is_router && !text_at(reply.get(), "setName")) {
    connection.refuse(
        "a standalone server has no transactions; start mongod with --replSet NAME and run "
        "rs.initiate() once, in mongosh");
  }
  if (integer_at(reply.get(), "maxWireVersion").value_or(0) < wire_version_min) {
    connection.refuse("the server is too old; use MongoDB 5.0 or later");
  }
  return is_router ? Deployment::sharded_cluster : Deployment::replica_set;
}

std::optional<std::int64_t> read_version(const Connection& connection) {
  Bson filter;
  Cursor cursor(connection, std::string(store_collection), filter.text("_id", record_id), {});
  const auto* record = cursor.next();
  if (record == nullptr) {
    return std::nullopt;
  }
  const auto version = integer_at(record, "version");
  if (!version) {
    connection.refuse("its store_schema holds no version; this is no store of this program");
  }
  return version;
}

std::vector<std::string> find_faults(const Connection& connection, const Layouts& layouts,
                                     std::int64_t version) {
  std::vector<std::string> faults;
  const auto found = read_version(connection);
  if (found != version) {
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
    const auto fields = find_field_faults(layout, validator->second.get());
    for (const auto& fault : fields) {
      faults.push_back(fmt::format("{}.{} {}", name, fault.field,
                                   fault.is_missing ? "is missing" : "is declared otherwise"));
    }
    if (fields.empty() && !have_same_rules(layout, validator->second.get())) {
      faults.push_back(name + " requires other fields");
    }
    find_index_faults(connection, layout, faults);
  }
  return faults;
}

void make_collections(const Connection& connection, const Layouts& layouts, std::int64_t version) {
  // What stands there first: whoever makes a store records its version before its collections.
  const auto standing = read_validators(connection);
  const auto found = read_version(connection);
  if (found) {
    refuse_newer(connection, *found, version);
  }
  if (found) {
    for (const auto& layout : layouts.all()) {
      refuse_others(connection, layout, standing);
    }
  }
  if (found != version) {
    for (const auto& layout : layouts.all()) {
      if (!found && standing.contains(layout.collection().name)) {
        connection.refuse(
            fmt::format("holds a collection '{}' of another program; name another "
                        "database",
                        layout.collection().name));
      }
    }
    record_version(connection, version);
  }
  for (const auto& layout : layouts.all()) {
    const auto validator = validator_of(layout);
    const auto stands = standing.find(layout.collection().name);
    if (stands == standing.end()) {
      create(connection, layout, validator);
    } else if (!bson_equal(stands->second.get(), validator.get())) {
      change(connection, layout, validator);
    }
    make_indexes(connection, layout);
  }
}

}  // namespace wattback::store::mongo

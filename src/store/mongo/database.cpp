#include "store/mongo/database.h"

#include <fmt/format.h>

#include <map>
#include <string>

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

void make_indexes(const Connection& connection, const Layout& layout) {
  const auto indexes = indexes_of(layout);
  if (indexes.empty()) {
    return;
  }
  Bson command;
  command.text("createIndexes", layout.collection().name)
      .array("indexes", indexes)
      .document("writeConcern", majority());
  Reply reply;
  run_or_raise(connection, command, reply);
}

}  // namespace

void check_server(const Connection& connection) {
  Bson command;
  Reply reply;
  run_or_raise(connection, command.int32("hello", 1), reply);
  if (is_true_at(reply.get(), "isreplicaset")) {
    connection.refuse("the replica set is not initiated; run rs.initiate() once, in mongosh");
  }
  if (!text_at(reply.get(), "setName") && text_at(reply.get(), "msg") != "isdbgrid") {
    connection.refuse(
        "a standalone server has no transactions; start mongod with --replSet NAME and run "
        "rs.initiate() once, in mongosh");
  }
  if (integer_at(reply.get(), "maxWireVersion").value_or(0) < wire_version_min) {
    connection.refuse("the server is too old; use MongoDB 5.0 or later");
  }
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

void make_collections(const Connection& connection, const Layouts& layouts, std::int64_t version) {
  // What stands there first: whoever makes a store records its version before its collections.
  const auto standing = read_validators(connection);
  const auto found = read_version(connection);
  if (found) {
    refuse_newer(connection, *found, version);
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

#include "store/mongo/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "store/mongo/declarations.h"
#include "store/mongo/limits.h"
#include "store/mongo/server.h"
#include "store/mongo/standing.h"
#include "store/store.h"

namespace wattback::store::mongo {
namespace {

constexpr std::string_view record_id = "schema";
constexpr std::int64_t unauthorized = 13;
constexpr std::int64_t index_options_conflict = 85;
constexpr std::int64_t index_key_specs_conflict = 86;
constexpr std::int64_t namespace_exists = 48;
constexpr std::int64_t took_too_long = 50;
constexpr std::int64_t duplicate_key = 11000;

Bson majority() {
  Bson concern;
  concern.text("w", "majority");
  return concern;
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

void create(const Connection& connection, const Layout& layout) {
  Bson command;
  command.text("create", layout.collection().name)
      .document("validator", validator_of(layout))
      .text("validationLevel", "strict")
      .text("validationAction", "error")
      .document("writeConcern", majority());
  Reply reply;
  const auto failure = connection.run(command, reply);
  if (failure && failure->code != namespace_exists) {
    connection.raise(*failure, Moment::opening);
  }
}

// Waits for the transactions that use the collection, a moment: they may be a dead process's, and
// whoever comes meanwhile waits behind us.
std::optional<Failure> try_change(const Connection& connection, const Layout& layout) {
  Bson command;
  command.text("collMod", layout.collection().name)
      .document("validator", validator_of(layout))
      .text("validationLevel", "strict")
      .text("validationAction", "error")
      .int32("maxTimeMS", static_cast<std::int32_t>(declaring_wait_max.count()))
      .document("writeConcern", majority());
  Reply reply;
  return connection.run(command, reply);
}

[[noreturn]] void raise_unchanged(const Connection& connection, const Layout& layout,
                                  const Failure& failure) {
  const auto& name = layout.collection().name;
  if (failure.code == unauthorized) {
    connection.refuse(fmt::format(
        "the validator of {} is another than the schema's, and the user may not change it "
        "(collMod); grant the role dbAdmin on the database and run wattback migrate up",
        name));
  }
  if (failure.code == took_too_long) {
    connection.put_off(fmt::format(
        "transactions use {}, so that its validator can't be changed now (collMod)", name));
  }
  connection.raise(failure, Moment::opening);
}

void change(const Connection& connection, const Layout& layout) {
  if (const auto failure = try_change(connection, layout)) {
    raise_unchanged(connection, layout, *failure);
  }
}

// MongoDB begins an index when no transaction uses the collection. To wait for that without a limit
// would hold up all others, and a limit would end the building of a large index, too; so whether
// nobody uses it is found out by a change that changes nothing, where the user may make it.
void wait_for_transactions(const Connection& connection, const Layout& layout) {
  const auto failure = try_change(connection, layout);
  if (failure && failure->code != unauthorized) {
    raise_unchanged(connection, layout, *failure);
  }
}

void make_indexes(const Connection& connection, const Layout& layout) {
  Bson command;
  command.text("createIndexes", layout.collection().name)
      .array("indexes", indexes_of(layout))
      .document("writeConcern", majority());
  Reply reply;
  if (const auto failure = connection.run(command, reply)) {
    if (failure->code == unauthorized) {
      connection.refuse(fmt::format(
          "indexes of {} are missing, and the user may not make them (createIndexes); grant the "
          "roles readWrite and dbAdmin on the database",
          layout.collection().name));
    }
    if (failure->code == index_options_conflict || failure->code == index_key_specs_conflict) {
      connection.refuse(fmt::format(
          "an index of {} is in the way of the schema's ({}); drop it, and the next command makes "
          "the schema's",
          layout.collection().name, failure->message));
    }
    connection.raise(*failure, Moment::opening);
  }
}

// Before anything is changed.
void refuse_others(const Connection& connection, const Layout& layout, const Validators& standing) {
  const auto found = standing.find(layout.collection().name);
  if (found == standing.end()) {
    return;
  }
  for (const auto& fault : find_field_faults(layout, found->second)) {
    if (fault.is_of_another_type) {
      connection.refuse(fmt::format("{}.{} is of another type there than this program knows",
                                    layout.collection().name, fault.field));
    }
  }
}

}  // namespace

std::optional<std::int64_t> read_version(const Connection& connection, Moment moment) {
  Bson filter;
  Cursor cursor(connection, std::string(store_collection), filter.text("_id", record_id), {});
  const auto* record = cursor.next(moment);
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
  const auto found = read_version(connection, Moment::opening);
  if (found) {
    refuse_newer(connection, *found, version);
  }
  if (found) {
    for (const auto& layout : layouts.all()) {
      refuse_others(connection, layout, standing);
    }
  }
  if (found != version) {
    std::vector<std::string> declared_anew;
    for (const auto& layout : layouts.all()) {
      const auto stands = standing.find(layout.collection().name);
      if (stands == standing.end()) {
        continue;
      }
      if (!found) {
        connection.refuse(
            fmt::format("holds a collection '{}' of another program; name another "
                        "database",
                        stands->first));
      }
      if (!is_as_declared(layout, stands->second)) {
        declared_anew.push_back(stands->first);
      }
    }
    // Once the version is there older programs can't go on, nor newer ones without this.
    check_may_declare(connection, declared_anew);
    record_version(connection, version);
  }
  for (const auto& layout : layouts.all()) {
    const auto stands = standing.find(layout.collection().name);
    const bool is_new = stands == standing.end();
    const bool is_same = !is_new && is_as_declared(layout, stands->second);
    if (is_new) {
      create(connection, layout);
    } else if (!is_same) {
      change(connection, layout);
    }
    if (find_index_faults(connection, layout).empty()) {  // so that who may only read can open it
      continue;
    }
    if (is_same) {
      wait_for_transactions(connection, layout);
    }
    make_indexes(connection, layout);
  }
}

}  // namespace wattback::store::mongo

#include "store/mongo/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "store/mongo/limits.h"

namespace wattback::store::mongo {
namespace {

Bson hello() {
  Bson command;
  command.int32("hello", 1);
  return command;
}

bool is_router(const bson_t* said) { return text_at(said, "msg") == "isdbgrid"; }

// Of any address.
std::optional<std::string> why_unfit(const bson_t* said) {
  if (is_true_at(said, "isreplicaset")) {
    return "the replica set is not initiated; run rs.initiate() once, in mongosh";
  }
  if (!is_router(said) && !text_at(said, "setName")) {
    return "a standalone server has no transactions; start mongod with --replSet NAME and run "
           "rs.initiate() once, in mongosh";
  }
  if (integer_at(said, "maxWireVersion").value_or(0) < wire_version_min) {
    return "the server is too old; use MongoDB 5.0 or later";
  }
  return std::nullopt;
}

// Where the driver passes over a server that is not what the address says.
std::optional<std::string> why_another(const bson_t* said, const mongoc_uri_t* uri) {
  const char* wanted = mongoc_uri_get_replica_set(uri);
  if (wanted == nullptr) {
    return std::nullopt;
  }
  if (is_router(said)) {
    return "it is a router of a sharded cluster, and no replica set; leave replicaSet out of the "
           "address";
  }
  const auto name = text_at(said, "setName");
  return name && *name != wanted
             ? std::optional(
                   fmt::format("its replica set is '{}', the address says '{}'", *name, wanted))
             : std::nullopt;
}

// The same, of the address's other options, but for who asks: everybody may say hello.
void copy_option(const bson_iter_t& option, mongoc_uri_t* uri) {
  const char* name = bson_iter_key(&option);
  if (BSON_ITER_HOLDS_BOOL(&option)) {
    mongoc_uri_set_option_as_bool(uri, name, bson_iter_bool(&option));
  } else if (BSON_ITER_HOLDS_INT32(&option)) {
    mongoc_uri_set_option_as_int32(uri, name, bson_iter_int32(&option));
  } else if (BSON_ITER_HOLDS_UTF8(&option)) {
    mongoc_uri_set_option_as_utf8(uri, name, bson_iter_utf8(&option, nullptr));
  }
}

UriHandle address_of_one(const mongoc_uri_t* uri, const mongoc_host_list_t& host) {
  UriHandle one(mongoc_uri_new_for_host_port(host.host, host.port));
  bson_iter_t each;
  check(bson_iter_init(&each, mongoc_uri_get_options(uri)));
  while (bson_iter_next(&each)) {
    if (std::string_view(bson_iter_key(&each)).starts_with("tls")) {
      copy_option(each, one.get());
    }
  }
  const auto wait = static_cast<std::int32_t>(direct_wait_max.count());
  check(mongoc_uri_set_option_as_bool(one.get(), MONGOC_URI_DIRECTCONNECTION, true));
  for (const auto* option : {MONGOC_URI_SERVERSELECTIONTIMEOUTMS, MONGOC_URI_CONNECTTIMEOUTMS,
                             MONGOC_URI_SOCKETTIMEOUTMS}) {
    check(mongoc_uri_set_option_as_int32(one.get(), option, wait));
  }
  return one;
}

// Why the driver found no server, if one of the address's says so itself.
std::optional<std::string> ask_directly(const Address& address) {
  for (const auto* host = mongoc_uri_get_hosts(address.uri()); host != nullptr; host = host->next) {
    const auto uri = address_of_one(address.uri(), *host);
    const ClientHandle client(mongoc_client_new_from_uri(uri.get()));
    Reply reply;
    if (!client || !mongoc_client_command_simple(client.get(), "admin", hello().get(), nullptr,
                                                 reply.fill(), nullptr)) {
      continue;
    }
    if (auto why = why_another(reply.get(), address.uri())) {
      return why;
    }
    if (auto why = why_unfit(reply.get())) {
      return why;
    }
  }
  return std::nullopt;
}

// Each item of an array in an answer.
std::vector<Bson> items_at(const bson_t* document, const char* path) {
  std::vector<Bson> items;
  bson_iter_t whole;
  bson_iter_t list;
  bson_iter_t each;
  if (!bson_iter_init(&whole, document) || !bson_iter_find_descendant(&whole, path, &list) ||
      !BSON_ITER_HOLDS_ARRAY(&list) || !bson_iter_recurse(&list, &each)) {
    return items;
  }
  while (bson_iter_next(&each)) {
    if (BSON_ITER_HOLDS_DOCUMENT(&each)) {
      std::uint32_t size = 0;
      const std::uint8_t* bytes = nullptr;
      bson_iter_document(&each, &size, &bytes);
      const BsonHandle copy(bson_new_from_data(bytes, size));
      check(bson_concat(items.emplace_back().get(), copy.get()));
    }
  }
  return items;
}

// https://www.mongodb.com/docs/manual/reference/resource-document/: an empty name is any.
bool covers(const bson_t* privilege, const std::string& database, const std::string& collection) {
  if (is_true_at(privilege, "resource.anyResource")) {
    return true;
  }
  const auto of_database = text_at(privilege, "resource.db");
  const auto of_collection = text_at(privilege, "resource.collection");
  return of_database && of_collection && (of_database->empty() || *of_database == database) &&
         (of_collection->empty() || *of_collection == collection);
}

bool allows(const bson_t* privilege, std::string_view action) {
  bson_iter_t whole;
  bson_iter_t each;
  if (!bson_iter_init_find(&whole, privilege, "actions") || !BSON_ITER_HOLDS_ARRAY(&whole) ||
      !bson_iter_recurse(&whole, &each)) {
    return false;
  }
  while (bson_iter_next(&each)) {
    if (BSON_ITER_HOLDS_UTF8(&each) && bson_iter_utf8(&each, nullptr) == action) {
      return true;
    }
  }
  return false;
}

// The first collection and action that the user's privileges do not cover.
std::optional<std::string> find_lack(const Connection& connection,
                                     std::span<const std::string> collections,
                                     std::span<const std::string_view> actions) {
  Bson command;
  Reply reply;
  command.int32("connectionStatus", 1).boolean("showPrivileges", true);
  if (const auto failure = connection.run(command, reply)) {
    connection.raise(*failure, Moment::opening);
  }
  if (items_at(reply.get(), "authInfo.authenticatedUsers").empty()) {
    return std::nullopt;  // of a server that asks nobody who they are
  }
  const auto privileges = items_at(reply.get(), "authInfo.authenticatedUserPrivileges");
  for (const auto& name : collections) {
    for (const auto action : actions) {
      if (std::ranges::none_of(privileges, [&](const Bson& privilege) {
            return covers(privilege.get(), connection.database(), name) &&
                   allows(privilege.get(), action);
          })) {
        return fmt::format("{} ({})", name, action);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Deployment check_server(Clients& clients) {
  const auto connection = clients.lend();
  Reply reply;
  if (const auto failure = connection.run(hello(), reply)) {
    if (failure->domain == MONGOC_ERROR_SERVER_SELECTION) {
      if (const auto why = ask_directly(clients.address())) {
        connection.refuse(*why);
      }
    }
    connection.raise(*failure, Moment::opening);
  }
  if (const auto why = why_unfit(reply.get())) {
    connection.refuse(*why);
  }
  return is_router(reply.get()) ? Deployment::sharded_cluster : Deployment::replica_set;
}

void check_may_write(const Connection& connection, const Layouts& layouts) {
  constexpr std::array<std::string_view, 3> writing{"insert", "update", "remove"};
  std::vector<std::string> collections;
  for (const auto& layout : layouts.all()) {
    collections.push_back(layout.collection().name);
  }
  if (const auto lack = find_lack(connection, collections, writing)) {
    connection.refuse(fmt::format(
        "the user may not write to {}; grant the role readWrite on the database", *lack));
  }
}

void check_may_declare(const Connection& connection, std::span<const std::string> collections) {
  constexpr std::array<std::string_view, 1> declaring{"collMod"};
  if (const auto lack = find_lack(connection, collections, declaring)) {
    connection.refuse(
        fmt::format("the user may not change the validator of {}; grant the role "
                    "dbAdmin on the database and run wattback migrate up",
                    *lack));
  }
}

}  // namespace wattback::store::mongo

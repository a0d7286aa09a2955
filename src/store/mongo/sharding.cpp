#include "store/mongo/sharding.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "base/check.h"

namespace wattback::store::mongo {
namespace {

constexpr std::int64_t unauthorized = 13;

// The keys that collections of the database are sharded by, by their names.
using ShardKeys = std::map<std::string, Bson, std::less<>>;

std::string full_name(const Connection& connection, const Layout& layout) {
  return fmt::format("{}.{}", connection.database(), layout.collection().name);
}

std::vector<const Layout*> sharded_ones(const Layouts& layouts) {
  std::vector<const Layout*> sharded;
  for (const auto& layout : layouts.all()) {
    if (layout.collection().shard_by) {
      sharded.push_back(&layout);
    }
  }
  return sharded;
}

[[noreturn]] void raise(const Connection& connection, const Failure& failure) {
  if (failure.code == unauthorized) {
    connection.refuse(
        "the user may not see or say how collections are sharded; grant find on config.collections "
        "and enableSharding on the database");
  }
  connection.raise(failure, Moment::opening);
}

void add(const bson_t* described, ShardKeys& keys) {
  bson_iter_t key;
  const auto name = text_at(described, "_id");
  if (name && !is_true_at(described, "unsplittable") &&  // 8.0 lists what is not sharded, too
      bson_iter_init_find(&key, described, "key") && BSON_ITER_HOLDS_DOCUMENT(&key)) {
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&key, &size, &bytes);
    const BsonHandle copy(bson_new_from_data(bytes, size));
    Bson whole;
    check(bson_concat(whole.get(), copy.get()));
    keys.emplace(*name, std::move(whole));
  }
}

// https://www.mongodb.com/docs/manual/reference/config-database/
ShardKeys read_shard_keys(const Connection& connection, const std::vector<const Layout*>& wanted) {
  BsonArray names;
  for (const auto* layout : wanted) {
    names.add_text(full_name(connection, *layout));
  }
  Bson in;
  Bson filter;
  Bson concern;
  Bson command;
  Reply reply;
  filter.document("_id", in.array("$in", names.items()));
  command.text("find", "collections")
      .document("filter", filter)
      .boolean("singleBatch", true)
      .document("readConcern", concern.text("level", "majority"));
  if (const auto failure = connection.run_on("config", command, reply)) {
    raise(connection, *failure);
  }
  ShardKeys keys;
  bson_iter_t whole;
  bson_iter_t batch;
  bson_iter_t each;
  check(bson_iter_init(&whole, reply.get()));
  check(bson_iter_find_descendant(&whole, "cursor.firstBatch", &batch));
  check(bson_iter_recurse(&batch, &each));
  while (bson_iter_next(&each)) {
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_document(&each, &size, &bytes);
    const BsonHandle described(bson_new_from_data(bytes, size));
    add(described.get(), keys);
  }
  return keys;
}

// What it is sharded by, where that is something else.
std::optional<std::string> other_key(const Connection& connection, const Layout& layout,
                                     const ShardKeys& keys) {
  const auto found = keys.find(full_name(connection, layout));
  if (found == keys.end() || bson_equal(found->second.get(), shard_key_of(layout).get())) {
    return std::nullopt;
  }
  return fmt::format("{} is sharded by {}, not by {}", layout.collection().name,
                     found->second.json(), shard_key_of(layout).json());
}

bool is_sharded(const Connection& connection, const Layout& layout, const ShardKeys& keys) {
  return keys.contains(full_name(connection, layout));
}

void refuse_other_keys(const Connection& connection, const std::vector<const Layout*>& wanted,
                       const ShardKeys& keys, std::string_view what_came_of_it) {
  for (const auto* layout : wanted) {
    if (const auto other = other_key(connection, *layout, keys)) {
      connection.refuse(fmt::format("{}{}", *other, what_came_of_it));
    }
  }
}

void run_on_admin(const Connection& connection, const Bson& command) {
  Reply reply;
  if (const auto failure = connection.run_on("admin", command, reply)) {
    raise(connection, *failure);
  }
}

// Of a collection that holds documents the router does not make it. Named as mongosh would.
void make_index(const Connection& connection, const Layout& layout) {
  const auto& path = layout.field(*layout.collection().shard_by).path;
  Bson index;
  index.text("name", path + "_hashed").document("key", shard_key_of(layout));
  BsonArray indexes;
  indexes.add(index);
  Bson command;
  command.text("createIndexes", layout.collection().name).array("indexes", indexes.items());
  Reply reply;
  if (const auto failure = connection.run(command, reply)) {
    raise(connection, *failure);
  }
}

// The router refuses to do it anew by another key.
void shard(const Connection& connection, const Layout& layout) {
  Bson command;
  command.text("shardCollection", full_name(connection, layout))
      .document("key", shard_key_of(layout));
  Reply reply;
  if (const auto failure = connection.run_on("admin", command, reply)) {
    const auto keys = read_shard_keys(connection, {&layout});
    refuse_other_keys(connection, {&layout}, keys, " since a moment ago");
    if (!is_sharded(connection, layout, keys)) {
      raise(connection, *failure);
    }
  }
}

}  // namespace

Bson shard_key_of(const Layout& layout) {
  check(layout.collection().shard_by.has_value());
  Bson key;
  key.text(layout.field(*layout.collection().shard_by).path, "hashed");
  return key;
}

std::vector<std::string> find_sharding_faults(const Connection& connection,
                                              const Layouts& layouts) {
  const auto wanted = sharded_ones(layouts);
  const auto keys = read_shard_keys(connection, wanted);
  std::vector<std::string> faults;
  for (const auto* layout : wanted) {
    const auto& collection = layout->collection();
    if (auto other = other_key(connection, *layout, keys)) {
      faults.push_back(*std::move(other));
    } else if (!is_sharded(connection, *layout, keys)) {
      faults.push_back(fmt::format("{} is not sharded by {}", collection.name,
                                   collection.fields[*collection.shard_by].name));
    }
  }
  return faults;
}

std::vector<std::string> shard_collections(const Connection& connection, const Layouts& layouts) {
  const auto wanted = sharded_ones(layouts);
  const auto keys = read_shard_keys(connection, wanted);
  refuse_other_keys(connection, wanted, keys, "; nothing was done");
  std::vector<std::string> done;
  for (const auto* layout : wanted) {
    if (is_sharded(connection, *layout, keys)) {
      continue;
    }
    if (done.empty()) {
      Bson command;  // 5.0 needs it
      run_on_admin(connection, command.text("enableSharding", connection.database()));
    }
    make_index(connection, *layout);
    shard(connection, *layout);
    done.push_back(layout->collection().name);
  }
  return done;
}

}  // namespace wattback::store::mongo

#include "store/mongo/reads.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "store/mongo/limits.h"
#include "store/mongo/paging.h"

namespace wattback::store::mongo {
namespace {

bool has(const std::vector<std::size_t>& positions, std::size_t position) {
  return std::ranges::find(positions, position) != positions.end();
}

// Adds that the field at `path` is one of so many values, which `write` writes.
void add_one_of(Bson& filter, const std::string& path, std::size_t count,
                const std::function<void(Bson&, std::string_view, std::size_t)>& write) {
  if (count == 1) {  // what MongoDB serves fastest
    write(filter, path, 0);
    return;
  }
  BsonArray values;
  for (std::size_t i = 0; i < count; ++i) {
    write(values.items(), values.next_name(), i);
  }
  Bson in;
  filter.document(path, in.array("$in", values.items()));
}

// A query for what keys of one index name.
struct Lookup {
  Bson filter;
  Bson options;
};

// So that a sharded collection is asked where the documents lie. A document in `_id` that is asked
// for alone says so itself.
void add_shards(Lookup& lookup, const Layout& layout, const IndexSchema& index,
                std::span<const Key* const> keys) {
  const auto shard = layout.collection().shard_by;
  if (!shard || std::ranges::any_of(keys, [](const Key* key) { return !key->shard; })) {
    return;
  }
  const bool in_filter = index.name == primary_index ? layout.has_key_in_id() && keys.size() == 1
                                                     : has(index.fields, *shard);
  if (in_filter) {
    return;
  }
  std::vector<Value> shards;
  for (const auto* key : keys) {
    if (shards.empty() || shards.back() != *key->shard) {
      shards.push_back(*key->shard);
    }
  }
  std::ranges::sort(shards);
  const auto repeated = std::ranges::unique(shards);
  shards.erase(repeated.begin(), repeated.end());
  add_one_of(lookup.filter, layout.field(*shard).path, shards.size(),
             [&](Bson& bson, std::string_view name, std::size_t i) {
               layout.add_value(bson, name, *shard, shards[i]);
             });
  if (index.name == primary_index) {  // not by an index that begins with the shard
    Bson hint;
    lookup.options.document("hint", hint.int32("_id", 1));
  }
}

Lookup lookup_of(const Layout& layout, const IndexSchema& index, std::span<const Key* const> keys) {
  Lookup lookup;
  if (index.name == primary_index) {
    add_one_of(lookup.filter, "_id", keys.size(),
               [&](Bson& bson, std::string_view name, std::size_t i) {
                 layout.add_id(bson, name, keys[i]->values);
               });
  } else if (index.fields.size() == 1) {
    const auto position = index.fields.front();
    add_one_of(lookup.filter, layout.field(position).path, keys.size(),
               [&](Bson& bson, std::string_view name, std::size_t i) {
                 layout.add_value(bson, name, position, keys[i]->values.front());
               });
  } else {
    const auto equal_to = [&](Bson& filter, const Key& key) {
      for (std::size_t i = 0; i < index.fields.size(); ++i) {
        layout.add_value(filter, layout.field(index.fields[i]).path, index.fields[i],
                         key.values[i]);
      }
    };
    if (keys.size() == 1) {
      equal_to(lookup.filter, *keys.front());
    } else {
      BsonArray alternatives;
      for (const auto* key : keys) {
        Bson alternative;
        equal_to(alternative, *key);
        alternatives.add(alternative);
      }
      lookup.filter.array("$or", alternatives.items());
    }
  }
  add_shards(lookup, layout, index, keys);
  lookup.options.int32("batchSize", static_cast<std::int32_t>(keys.size()) + 1);
  return lookup;
}

// The keys that name something, by index.
std::map<std::string_view, std::vector<const Key*>> by_index(const Layout& layout,
                                                             std::span<const Key> keys) {
  std::map<std::string_view, std::vector<const Key*>> groups;
  for (const auto& key : keys) {
    const auto& index = layout.collection().index(key.index);
    check(key.collection.name == layout.collection().name);
    check(index.unique);
    check(key.values.size() == index.fields.size());
    if (std::ranges::none_of(key.values, is_absent)) {
      groups[index.name].push_back(&key);
    }
  }
  return groups;
}

// In as few queries as the limits allow.
void look_up(const Source& source, const Layout& layout, const IndexSchema& index,
             std::span<const Key* const> keys, const Bson* projection,
             const std::function<void(const bson_t*)>& take) {
  const auto at_once =
      index.fields.size() == 1 || index.name == primary_index ? keys_max : alternatives_max;
  while (!keys.empty()) {
    const auto now = keys.first(std::min(keys.size(), at_once));
    keys = keys.subspan(now.size());
    auto lookup = lookup_of(layout, index, now);
    if (projection != nullptr) {
      lookup.options.document("projection", *projection);
    }
    Cursor cursor(source.connection, layout.collection().name, lookup.filter,
                  std::move(lookup.options), source.session);
    while (const auto* document = cursor.next()) {
      take(document);
    }
  }
}

// Until `take` answers false.
void walk(const Source& source, const Layout& layout, const Query& query, std::int32_t batch,
          std::size_t limit, const std::function<bool(Document&&)>& take) {
  for (auto& along : finds_along(layout, query)) {
    Bson options;
    options.document("sort", along.sort).int32("batchSize", batch);
    if (limit > 0) {
      options.int64("limit", static_cast<std::int64_t>(limit));
    }
    Cursor cursor(source.connection, layout.collection().name, along.filter, std::move(options),
                  source.session);
    while (const auto* document = cursor.next()) {
      if (!take(layout.to_document(document))) {
        return;
      }
    }
  }
}

}  // namespace

std::vector<std::optional<Document>> get(const Source& source, const Layout& layout,
                                         std::span<const Key> keys) {
  std::unordered_map<Key, Document, KeyHash> found;
  for (const auto& [name, named] : by_index(layout, keys)) {
    const auto& index = layout.collection().index(name);
    look_up(source, layout, index, named, nullptr, [&](const bson_t* bson) {
      auto document = layout.to_document(bson);
      Key key{.collection = {layout.collection().name},
              .index = index.name,
              .values = values_at(document, index.fields)};
      found.emplace(std::move(key), std::move(document));
    });
  }
  std::vector<std::optional<Document>> documents;
  documents.reserve(keys.size());
  for (const auto& key : keys) {
    const auto document = found.find(key);
    documents.push_back(document == found.end() ? std::nullopt : std::optional(document->second));
  }
  return documents;
}

std::vector<Standing> get_versions(const Source& source, const Layout& layout,
                                   std::span<const Key> keys) {
  const auto version = layout.collection().version;
  Bson projection;
  projection.int32("_id", 1);
  if (version) {
    projection.int32(layout.field(*version).path, 1);
  }
  std::vector<Standing> standing;
  for (const auto& [name, named] : by_index(layout, keys)) {
    check(name == primary_index);
    look_up(
        source, layout, layout.collection().primary, named, &projection, [&](const bson_t* bson) {
          standing.push_back({.key = layout.key_of(bson),
                              .version = version
                                             ? integer_at(bson, layout.field(*version).path.c_str())
                                             : std::nullopt});
        });
  }
  return standing;
}

std::vector<Beside> get_beside(const Source& source, const Layout& layout,
                               std::span<const Key> keys) {
  std::vector<Beside> found;
  for (const auto& [name, named] : by_index(layout, keys)) {
    check(name == primary_index);
    look_up(source, layout, layout.collection().primary, named, nullptr, [&](const bson_t* bson) {
      if (auto fields = layout.unknown_of(bson); !fields.empty()) {
        found.push_back({.key = layout.key_of(bson), .fields = std::move(fields)});
      }
    });
  }
  return found;
}

void scan(const Source& source, const Layout& layout, const Query& query,
          const Snapshot::Sink& sink) {
  walk(source, layout, query, scan_batch_documents, 0,
       [&](Document&& document) { return sink(document); });
}

Page find(const Source& source, const Layout& layout, const Query& query) {
  check(query.limit >= 1);
  check(query.limit <= page_documents_max);
  const auto limit = query.limit + 1;  // one more tells whether there is more
  Page page;
  walk(source, layout, query, static_cast<std::int32_t>(limit), limit, [&](Document&& document) {
    if (page.documents.size() == query.limit) {
      page.next = values_at(page.documents.back(), layout.collection().index(query.index).order);
      return false;
    }
    page.documents.push_back(std::move(document));
    return true;
  });
  return page;
}

}  // namespace wattback::store::mongo

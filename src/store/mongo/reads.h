// Reading documents over one connection.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "store/document.h"
#include "store/mongo/connection.h"
#include "store/mongo/layout.h"
#include "store/query.h"
#include "store/store.h"

namespace wattback::store::mongo {

// Where reads go: outside a session they see what a majority has at the time; in one, what it sees.
struct Source {
  const Connection& connection;
  mongoc_client_session_t* session = nullptr;
};

// As the members of Store and Snapshot of these names.
std::vector<std::optional<Document>> get(const Source& source, const Layout& layout,
                                         std::span<const Key> keys);
Page find(const Source& source, const Layout& layout, const Query& query);
void scan(const Source& source, const Layout& layout, const Query& query,
          const Snapshot::Sink& sink);

// Of the documents that keys of the primary index name: those that are there, each with its version
// where the collection has one.
struct Standing {
  std::vector<Value> key;
  std::optional<std::int64_t> version;
};
std::vector<Standing> get_versions(const Source& source, const Layout& layout,
                                   std::span<const Key> keys);

// Of the documents that keys of the primary index name: what those that have fields of no schema
// hold in them.
struct Beside {
  std::vector<Value> key;
  Bson fields;
};
std::vector<Beside> get_beside(const Source& source, const Layout& layout,
                               std::span<const Key> keys);

}  // namespace wattback::store::mongo

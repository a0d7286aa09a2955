#include "store/sqlite/reads.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "store/sqlite/paging.h"
#include "store/sqlite/statements.h"

namespace wattback::store::sqlite {
namespace {

// Which document it is, as far as its key can be read.
std::string name_at(const Statement& statement, const CollectionSchema& collection) {
  Key key{.collection = {collection.name}};
  for (const auto position : collection.primary.fields) {
    Value value;
    try {
      value = statement.value(position, collection.fields[position]);
    } catch (const CorruptDocument&) {
      value = std::string("?");
    }
    key.values.push_back(std::move(value));
  }
  return to_text(key);
}

Document document_at(const Statement& statement, const CollectionSchema& collection) {
  Document document;
  document.values.reserve(collection.fields.size());
  try {
    for (std::size_t i = 0; i < collection.fields.size(); ++i) {
      document.values.push_back(statement.value(i, collection.fields[i]));
    }
  } catch (const CorruptDocument& corrupt) {
    throw CorruptDocument(fmt::format("{}: {}", name_at(statement, collection), corrupt.what()));
  }
  return document;
}

// Until `take` answers false.
void walk(Connection& connection, const CollectionSchema& collection, const Query& query,
          const std::function<bool(Document&&)>& take) {
  for (const auto& select : select_along(collection, query)) {
    auto statement = connection.prepare(select.text);
    statement.bind(select.values);
    while (statement.step()) {
      if (!take(document_at(statement, collection))) {
        return;
      }
    }
  }
}

}  // namespace

std::vector<std::optional<Document>> get(Connection& connection, const Table& table,
                                         std::span<const Key> keys) {
  const auto& collection = table.collection;
  std::vector<std::optional<Document>> documents(keys.size());
  std::optional<Statement> statement;
  std::string_view prepared_for;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& key = keys[i];
    const auto& index = collection.index(key.index);
    check(key.collection.name == collection.name);
    check(index.unique);
    check(key.values.size() == index.fields.size());
    if (key.index != prepared_for) {
      statement.reset();
      statement.emplace(connection.prepare(table.select.at(key.index)));
      prepared_for = key.index;
    }
    statement->bind(key.values);
    if (statement->step()) {
      documents[i] = document_at(*statement, collection);
    }
    statement->reset();
  }
  return documents;
}

void scan(Connection& connection, const CollectionSchema& collection, const Query& query,
          const Snapshot::Sink& sink) {
  walk(connection, collection, query, sink);
}

Page find(Connection& connection, const CollectionSchema& collection, const Query& query) {
  check(query.limit >= 1);
  check(query.limit <= page_documents_max);
  Page page;
  walk(connection, collection, query, [&](Document&& document) {
    if (page.documents.size() == query.limit) {
      page.next = values_at(page.documents.back(), collection.index(query.index).order);
      return false;
    }
    page.documents.push_back(std::move(document));
    return true;
  });
  return page;
}

}  // namespace wattback::store::sqlite

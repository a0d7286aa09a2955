// The tables of a schema with the statements that read and write them, made once.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/schema.h"
#include "store/sqlite/statements.h"

namespace wattback::store::sqlite {

struct Table {
  explicit Table(const CollectionSchema& schema);

  const CollectionSchema& collection;
  std::map<std::string_view, std::string> select;  // by the name of a unique index
  std::string insert;
  Update update;
  std::string remove;
};

// The tables of a schema, in its order: what is referenced comes before what refers.
class Tables {
 public:
  explicit Tables(const Schema& schema);
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const Table& at(Collection collection) const;  // must exist
  std::size_t position(Collection collection) const;
  const std::vector<Table>& all() const { return tables_; }

 private:
  Schema schema_;
  std::vector<Table> tables_;
};

}  // namespace wattback::store::sqlite

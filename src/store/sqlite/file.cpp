#include "store/sqlite/file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "store/sqlite/statements.h"
#include "store/store.h"

namespace wattback::store::sqlite {
namespace {

constexpr std::size_t header_size = 100;
constexpr std::string_view header_magic("SQLite format 3\0", 16);
constexpr std::size_t application_id_offset = 68;  // 4 bytes, big endian

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw StoreUnusable(fmt::format("{}: {}", path, why));
}

std::int64_t integer_at(std::string_view header, std::size_t offset) {
  std::int64_t integer = 0;
  for (const char byte : header.substr(offset, 4)) {
    integer = integer * 256 + static_cast<unsigned char>(byte);
  }
  return integer;
}

// What stands in the file now.
struct Made {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::map<std::string, std::string> objects;  // the tables, indexes and views by name: their SQL
};

Made read_made(Connection& connection) {
  Made made{.application = connection.integer("PRAGMA application_id"),
            .version = connection.integer("PRAGMA user_version")};
  auto statement = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  while (statement.step()) {
    made.objects.emplace(statement.text(0), statement.text(1));
  }
  return made;
}

// Another process may be making it at this moment.
Made read_made_at_once(Connection& connection) {
  const Transaction one_moment(connection, Transaction::Kind::read);
  return read_made(connection);
}

void refuse_others(const Made& made, const Schema& schema, const std::string& path) {
  const bool empty = made.application == 0 && made.objects.empty();
  if (!empty && made.application != application_id) {
    refuse(path, "is a SQLite database of another application");
  }
  if (made.version > schema.version) {
    refuse(path, fmt::format("has schema version {}, and this program knows up to version {}; use "
                             "a newer wattback",
                             made.version, schema.version));
  }
}

// Collects what must be run to bring the file to the schema.
class Making {
 public:
  Making(const Made& made, const Schema& schema, const std::string& path)
      : made_(made), schema_(schema), path_(path) {
    for (const auto& collection : schema.collections) {
      add_table(collection);
      for (const auto& index : collection.indexes) {
        add_named("INDEX", index_name(collection, index), create_index(collection, index));
      }
      add_named("VIEW", view_name(collection), create_view(collection));
    }
    if (made.version != schema.version || made.application != application_id) {
      statements_.push_back(fmt::format("PRAGMA application_id = {}", application_id));
      statements_.push_back(fmt::format("PRAGMA user_version = {}", schema.version));
    }
  }

  std::vector<std::string> statements() && { return std::move(statements_); }

 private:
  void add_table(const CollectionSchema& collection) {
    const auto found = made_.objects.find(collection.name);
    if (found == made_.objects.end()) {
      statements_.push_back(create_table(schema_, collection));
      return;
    }
    for (const auto& field : collection.fields) {
      auto definition = column_definition(schema_, field);
      if (found->second.contains(definition)) {
        continue;
      }
      if (!field.may_be_absent() || found->second.contains(quote(field.name) + " ")) {
        refuse(path_, fmt::format("{}.{} differs from schema version {}; it must be migrated",
                                  collection.name, field.name, schema_.version));
      }
      definition.pop_back();  // the comma
      statements_.push_back(
          fmt::format("ALTER TABLE {} ADD COLUMN {}", quote(collection.name), definition));
    }
  }

  void add_named(std::string_view kind, const std::string& name, std::string sql) {
    const auto found = made_.objects.find(name);
    if (found != made_.objects.end() && found->second == sql) {
      return;
    }
    if (found != made_.objects.end()) {
      statements_.push_back(fmt::format("DROP {} {}", kind, quote(name)));
    }
    statements_.push_back(std::move(sql));
  }

  const Made& made_;
  const Schema& schema_;
  const std::string& path_;
  std::vector<std::string> statements_;
};

// Persistent in the file. Last, so that a new file has our id in its first page from the start.
void use_log(Connection& connection) {
  if (connection.text("PRAGMA journal_mode = WAL") != "wal") {
    refuse(connection.path(), "this file system can not hold a write-ahead log");
  }
}

}  // namespace

FileState look_at(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return FileState::missing;
  }
  if (error) {
    refuse(path.string(), error.message());
  }
  if (!std::filesystem::is_regular_file(status)) {
    refuse(path.string(), std::filesystem::is_directory(status) ? "is a directory, not a file"
                                                                : "is not a regular file");
  }
  std::array<char, header_size> bytes{};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    refuse(path.string(),
           "can not be read: " + std::error_code(errno, std::generic_category()).message());
  }
  file.read(bytes.data(), bytes.size());
  const std::string_view header(bytes.data(), static_cast<std::size_t>(file.gcount()));
  if (header.empty()) {
    return FileState::empty;
  }
  if (header.size() < header_size || !header.starts_with(header_magic)) {
    refuse(path.string(), "is not a SQLite database");
  }
  if (integer_at(header, application_id_offset) != application_id) {
    refuse(path.string(), "is a SQLite database of another application");
  }
  return FileState::store;
}

std::vector<std::string> find_faults(Connection& connection, const Schema& schema) {
  const auto made = read_made_at_once(connection);
  std::vector<std::string> faults;
  const auto hold = [&](const std::string& name, const std::string& sql) {
    const auto found = made.objects.find(name);
    if (found == made.objects.end() || found->second != sql) {
      faults.push_back(
          fmt::format("{} {}", name, found == made.objects.end() ? "is missing" : "is another"));
    }
  };
  if (made.version != schema.version) {
    faults.push_back(
        fmt::format("the store has schema version {}, not {}", made.version, schema.version));
  }
  for (const auto& collection : schema.collections) {
    const auto found = made.objects.find(collection.name);
    if (found == made.objects.end()) {
      faults.push_back(collection.name + " is missing");
      continue;
    }
    for (const auto& field : collection.fields) {
      if (!found->second.contains(column_definition(schema, field))) {
        const bool is_there = found->second.contains(quote(field.name) + " ");
        faults.push_back(fmt::format("{}.{} {}", collection.name, field.name,
                                     is_there ? "is declared otherwise" : "is missing"));
      }
    }
    for (const auto& index : collection.indexes) {
      hold(index_name(collection, index), create_index(collection, index));
    }
    hold(view_name(collection), create_view(collection));
  }
  return faults;
}

void make_tables(Connection& connection, const Schema& schema) {
  auto made = read_made_at_once(connection);
  refuse_others(made, schema, connection.path());
  if (!Making(made, schema, connection.path()).statements().empty()) {
    Transaction transaction(connection, Transaction::Kind::write);
    made = read_made(connection);  // another process may have been first
    refuse_others(made, schema, connection.path());
    const auto statements = Making(made, schema, connection.path()).statements();
    for (const auto& statement : statements) {
      connection.execute(statement);
    }
    transaction.commit();
  }
  use_log(connection);
}

}  // namespace wattback::store::sqlite

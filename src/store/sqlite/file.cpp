#include "store/sqlite/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "store/patience.h"
#include "store/sqlite/statements.h"
#include "store/store.h"

namespace wattback::store::sqlite {
namespace {

constexpr std::size_t header_size = 100;
constexpr std::string_view header_magic("SQLite format 3\0", 16);
constexpr std::size_t application_id_offset = 68;  // 4 bytes, big endian

// A rollback journal (the same, 3): its head is of one sector, then come pages as they were, each
// after its number.
constexpr std::size_t journal_header_size = 28;
constexpr std::string_view journal_magic("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
constexpr std::size_t journal_pages_offset = 16;  // that the file had
constexpr std::size_t journal_sector_offset = 20;
constexpr std::size_t page_number_size = 4;

// A write-ahead log (https://sqlite.org/walformat.html, 2): a head, then pages as they will be,
// each after a head of its own, which repeats the salts as long as it is of this log.
constexpr std::size_t log_header_size = 32;
constexpr std::int64_t log_magic = 0x377f0682;  // or one more, which tells the checksums' order
constexpr std::size_t log_page_size_offset = 8;
constexpr std::size_t log_salts_offset = 16;
constexpr std::size_t frame_header_size = 24;
constexpr std::size_t frame_salts_offset = 8;
constexpr std::size_t salts_size = 8;
constexpr std::int64_t page_size_min = 512;

constexpr Milliseconds log_patience{2'000};
constexpr Milliseconds log_pause{5};

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

// As much of it as there is; nothing where it can't be read, which is not an empty file.
std::optional<std::string> read_part(const std::filesystem::path& path, std::size_t offset,
                                     std::size_t size) {
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.seekg(static_cast<std::streamoff>(offset))) {
    return std::nullopt;
  }
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  if (file.bad()) {
    return std::nullopt;
  }
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

// The head as SQLite will find it: where a transaction was cut off, by the end of the power say,
// anything may stand in the file until SQLite has undone it from the journal. The process whose
// transaction it is may also be at work, and the journal gone in a moment.
std::string undo_from_journal(std::string head, const std::filesystem::path& path) {
  const std::filesystem::path journal = path.string() + "-journal";
  const auto journal_head = read_part(journal, 0, journal_header_size);
  if (!journal_head || journal_head->size() < journal_header_size ||
      !journal_head->starts_with(journal_magic)) {
    return head;
  }
  if (integer_at(*journal_head, journal_pages_offset) == 0) {
    return {};
  }
  const auto sector = static_cast<std::size_t>(integer_at(*journal_head, journal_sector_offset));
  const auto page = read_part(journal, sector, page_number_size + header_size);
  return page && integer_at(*page, 0) == 1 ? page->substr(page_number_size) : head;
}

bool is_store(std::string_view head) {
  return head.size() == header_size && head.starts_with(header_magic) &&
         integer_at(head, application_id_offset) == application_id;
}

// The head that moving the log into the file was writing when it was cut off.
std::optional<std::string> read_head_in_log(const std::filesystem::path& path) {
  const std::filesystem::path log = path.string() + "-wal";
  const auto log_head = read_part(log, 0, log_header_size);
  if (!log_head || log_head->size() < log_header_size ||
      integer_at(*log_head, 0) / 2 != log_magic / 2) {
    return std::nullopt;
  }
  const auto page_size = integer_at(*log_head, log_page_size_offset);
  const auto salts = log_head->substr(log_salts_offset, salts_size);
  for (auto offset = log_header_size; page_size >= page_size_min;
       offset += frame_header_size + static_cast<std::size_t>(page_size)) {
    const auto frame = read_part(log, offset, frame_header_size + header_size);
    if (!frame || frame->size() < frame_header_size + header_size ||
        frame->substr(frame_salts_offset, salts_size) != salts) {
      break;
    }
    if (integer_at(*frame, 0) == 1) {
      return frame->substr(frame_header_size);
    }
  }
  return std::nullopt;
}

std::string read_head(const std::filesystem::path& path) {
  auto head = read_part(path, 0, header_size);
  if (!head) {
    refuse(path.string(),
           "can not be read: " + std::error_code(errno, std::generic_category()).message());
  }
  if (head->empty()) {
    return {};
  }
  auto undone = undo_from_journal(std::move(*head), path);
  if (undone.empty() || is_store(undone)) {
    return undone;
  }
  return read_head_in_log(path).value_or(std::move(undone));
}

// What stands in the file now.
struct Made {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::map<std::string, std::string> objects;  // of tables, indexes, views, triggers: their SQL
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
// Where others do it at the same moment SQLite may say at once that the file is locked.
void use_log(Connection& connection) {
  auto statement = connection.prepare("PRAGMA journal_mode = WAL");
  Patience patience(log_patience);
  int code = statement.try_step();
  while (code == SQLITE_BUSY && patience.wait(log_pause)) {
    statement.reset();
    code = statement.try_step();
  }
  if (code != SQLITE_ROW) {
    connection.raise(code);
  }
  if (statement.text(0) != "wal") {
    refuse(connection.path(), "this file system can not hold a write-ahead log");
  }
}

// What somebody else made that refuses, or does, what the schema does not say. Plain indexes and
// views are nobody's harm.
void find_strangers(const Made& made, const Schema& schema, std::vector<std::string>& faults) {
  std::set<std::string> declared;
  for (const auto& collection : schema.collections) {
    for (const auto& index : collection.indexes) {
      declared.insert(index_name(collection, index));
    }
  }
  for (const auto& [name, sql] : made.objects) {
    if (declared.contains(name)) {
      continue;
    }
    if (sql.starts_with("CREATE UNIQUE INDEX")) {
      faults.push_back(fmt::format("the index {} is unique, and of no schema", name));
    } else if (sql.starts_with("CREATE TRIGGER")) {
      faults.push_back(fmt::format("the trigger {} is of no schema", name));
    }
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
  const auto header = read_head(path);
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
  if (made.version == schema.version) {
    find_strangers(made, schema, faults);
  }
  return faults;
}

void make_tables(Connection& connection, const SqliteOptions& options, const Schema& schema) {
  auto made = read_made_at_once(connection);
  refuse_others(made, schema, connection.path());
  if (!Making(made, schema, connection.path()).statements().empty()) {
    // An index of all readings may be more than memory should hold.
    Connection maker(options, Access::write, connection.moment(), LogWrites::as_they_come);
    Transaction transaction(maker, Transaction::Kind::write);
    made = read_made(maker);  // another process may have been first
    refuse_others(made, schema, maker.path());
    const auto statements = Making(made, schema, maker.path()).statements();
    for (const auto& statement : statements) {
      maker.execute(statement);
    }
    transaction.commit();
  }
  use_log(connection);
  // Where it fails to look, SQLite goes by the tables that this connection saw before.
  connection.integer("SELECT count(*) FROM sqlite_schema");
}

}  // namespace wattback::store::sqlite

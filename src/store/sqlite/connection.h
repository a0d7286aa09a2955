// A connection to the file, its prepared statements and its transactions. Used by one thread at a
// time.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/schema.h"
#include "store/sqlite/errors.h"
#include "store/sqlite/handle.h"
#include "store/sqlite/sqlite_store.h"
#include "store/value.h"

namespace wattback::store::sqlite {

class Connection;

// The head of a write-ahead log's index, as https://sqlite.org/walformat.html (2.2.1) has it: the
// counter of changes, the pages, the log's salts and the last frame's checksum among others.
using LogHead = std::array<std::uint32_t, 12>;

struct LogPages {
  int all = 0;    // in the log when it began to be moved
  int moved = 0;  // of them those that are in the file, by now or before
};

struct Prepared {
  StatementHandle handle;
  bool leased = false;
};

// A prepared statement on loan: reset, and back with its connection, when it goes.
class Statement {
 public:
  Statement(Connection& connection, Prepared& kept);
  Statement(Connection& connection, StatementHandle own);
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // What is bound must stay as it is until the statement was reset. Positions and columns count
  // from 0.
  void bind(std::size_t position, const Value& value);
  void bind(std::size_t position, Value&& value) = delete;
  void bind(std::span<const Value> values);

  bool step();     // whether there is a row; throws what failing means
  int try_step();  // SQLITE_ROW, SQLITE_DONE, or the extended code of what failed
  void reset();    // for other values

  Value value(std::size_t column, const FieldSchema& field) const;  // throws CorruptDocument
  std::int64_t integer(std::size_t column) const;
  std::string text(std::size_t column) const;

 private:
  sqlite3_stmt* get() const { return kept_ != nullptr ? kept_->handle.get() : own_.get(); }

  Connection& connection_;
  Prepared* kept_ = nullptr;
  StatementHandle own_;
};

enum class Access : std::uint8_t { read, write, create };

enum class LogWrites : std::uint8_t {
  gathered,      // log_writes.h: what a transaction changes is in memory until it commits
  as_they_come,  // what has no room in the page cache goes to the log meanwhile
};

// A sync failed: the disk may have lost what it was given, and say the next time that all is well.
class NotSynced : public StoreUnavailable {
 public:
  using StoreUnavailable::StoreUnavailable;
};

class Connection {
 public:
  Connection(const SqliteOptions& options, Access access, Moment moment,
             LogWrites log_writes = LogWrites::gathered);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // From now on a failure is one of the day, not of the address.
  void opened() { moment_ = Moment::statement; }
  Moment moment() const { return moment_; }

  Statement prepare(std::string_view sql);
  void execute(const std::string& sql);        // once, without values; its rows are dropped
  std::int64_t integer(std::string_view sql);  // the first column of the first row
  std::string text(std::string_view sql);      // the same
  void roll_back();
  std::int64_t changes() const;        // rows the last statement changed
  bool has_broken_references() const;  // that the transaction must mend or not commit
  bool in_transaction() const;
  bool is_left_open() const { return is_left_open_; }  // a transaction that was not rolled back
  // Whether the last commit left the write-ahead log long.
  bool has_long_log() const;
  // Moves the log into the file, as much of it as nobody reads, while others may write. Nothing
  // where it can't be done now: another does, or the disk is full. What was moved is sure to be on
  // the disk when all of the log was. Throws where the disk fails: NotSynced where it may have lost
  // what was moved.
  std::optional<LogPages> move_log();
  void sync_file();
  // What each commit of anyone changes, from memory that all who have the file open share: while it
  // is the same nobody has committed. For a connection that has read from a file with a log.
  // Nothing where there is no such memory.
  std::optional<LogHead> log_head() const;
  const std::string& path() const { return path_; }

  // Throws what the code means at this moment, in one line naming the file.
  [[noreturn]] void raise(int code) const { raise(code, moment_); }
  [[noreturn]] void raise(int code, Moment moment) const;

 private:
  struct TextHash {
    // NOLINTNEXTLINE(readability-identifier-naming): std::unordered_map asks for it
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  StatementHandle compile(std::string_view sql);
  sqlite3_file* file(int which) const;  // SQLITE_FCNTL_FILE_POINTER or ..._JOURNAL_POINTER
  sqlite3_file* main_file() const;
  int failure_of_disk() const;
  [[noreturn]] void raise_not_synced(int code) const;

  std::string path_;
  Moment moment_;
  int log_pages_max_;
  int log_pages_ = 0;  // after the last commit; before the handle, which writes it
  ConnectionHandle handle_;
  StatementHandle roll_back_;
  bool is_left_open_ = false;
  std::unordered_map<std::string, Prepared, TextHash, std::equal_to<>> prepared_;
};

// Rolled back when it goes without a commit.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    read,   // all reads see one moment, that of the first
    write,  // holds the file's one write lock from the start
  };

  Transaction(Connection& connection, Kind kind);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit();  // throws StoreUnavailable or CommitUnknown

 private:
  Connection& connection_;
};

}  // namespace wattback::store::sqlite

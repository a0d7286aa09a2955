#include "store/sqlite/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/log_writes.h"
#include "store/sqlite/page_cache.h"
#include "store/sqlite/values.h"

namespace wattback::store::sqlite {
namespace {

int flags_of(Access access) {
  constexpr int common = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  return access == Access::create ? common | SQLITE_OPEN_CREATE : common;
}

// Of all the process's connections, unless it has opened a file before.
void configure() {
  [[maybe_unused]] static const bool once = [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // what memory they have is counted under one lock
    use_knowing_page_cache();
    return true;
  }();
}

int note_log_pages(void* pages, sqlite3* /*connection*/, const char* /*database*/, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Statement::Statement(Connection& connection, Prepared& kept)
    : connection_(connection), kept_(&kept) {
  check(!kept.leased);
  kept.leased = true;
}

Statement::Statement(Connection& connection, StatementHandle own)
    : connection_(connection), own_(std::move(own)) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      kept_(std::exchange(other.kept_, nullptr)),
      own_(std::move(other.own_)) {}

Statement::~Statement() {
  if (kept_ != nullptr) {
    reset();
    sqlite3_clear_bindings(get());
    kept_->leased = false;
  }
}

void Statement::bind(std::size_t position, const Value& value) {
  const int code = bind_value(get(), static_cast<int>(position) + 1, value);
  if (code != SQLITE_OK) {
    connection_.raise(code);
  }
}

void Statement::bind(std::span<const Value> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    bind(i, values[i]);
  }
}

int Statement::try_step() { return sqlite3_step(get()); }

bool Statement::step() {
  const int code = try_step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    connection_.raise(code);
  }
  return code == SQLITE_ROW;
}

void Statement::reset() { sqlite3_reset(get()); }  // it repeats the code of the last step

Value Statement::value(std::size_t column, const FieldSchema& field) const {
  return column_value(get(), static_cast<int>(column), field);
}

std::int64_t Statement::integer(std::size_t column) const {
  return sqlite3_column_int64(get(), static_cast<int>(column));
}

std::string Statement::text(std::size_t column) const {
  return column_text(get(), static_cast<int>(column));
}

Connection::Connection(const SqliteOptions& options, Access access, Moment moment,
                       LogWrites log_writes)
    : path_(options.path.string()), moment_(moment), log_pages_max_(options.log_pages) {
  configure();
  sqlite3* raw = nullptr;
  const bool gathers = log_writes == LogWrites::gathered;
  const int code = sqlite3_open_v2(path_.c_str(), &raw, flags_of(access),
                                   gathers ? gathering_log_writes() : nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) {
    raise(code);
  }
  if (sqlite3_db_readonly(raw, "main") != 0) {
    raise(SQLITE_READONLY);
  }
  sqlite3_busy_timeout(raw, static_cast<int>(options.busy_max.count()));
  // The pragmas that touch nothing in the file: it may yet turn out not to be ours.
  const auto cache_kib = access == Access::read ? options.reader_cache_kib : options.cache_kib;
  for (const auto& pragma :
       {fmt::format("cache_size = -{}", cache_kib), std::string("synchronous = FULL"),
        fmt::format("cache_spill = {}", gathers ? "OFF" : "ON"), std::string("foreign_keys = ON"),
        fmt::format("journal_size_limit = {}", log_bytes_kept_max),
        fmt::format("query_only = {}", access == Access::read ? "ON" : "OFF")}) {
    execute("PRAGMA " + pragma);
  }
  roll_back_ = compile("ROLLBACK");  // now: it is wanted when memory may be short
  // In place of SQLite's own way, which is a part of the commit: others would wait for it.
  sqlite3_wal_hook(raw, note_log_pages, &log_pages_);
}

StatementHandle Connection::compile(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  StatementHandle statement(raw);
  if (code != SQLITE_OK) {
    raise(code);
  }
  return statement;
}

Statement Connection::prepare(std::string_view sql) {
  auto found = prepared_.find(sql);
  if (found != prepared_.end()) {
    // A scan whose sink reads the same way again finds its statement at work.
    return found->second.leased ? Statement(*this, compile(sql)) : Statement(*this, found->second);
  }
  if (prepared_.size() >= prepared_max) {
    std::erase_if(prepared_, [](const auto& entry) { return !entry.second.leased; });
  }
  auto statement = compile(sql);
  found = prepared_.emplace(sql, Prepared{.handle = std::move(statement)}).first;
  return {*this, found->second};
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    raise(code);
  }
}

std::int64_t Connection::integer(std::string_view sql) {
  auto statement = prepare(sql);
  check(statement.step());
  return statement.integer(0);
}

std::string Connection::text(std::string_view sql) {
  auto statement = prepare(sql);
  check(statement.step());
  return statement.text(0);
}

void Connection::roll_back() {
  sqlite3_step(roll_back_.get());
  sqlite3_reset(roll_back_.get());
  is_left_open_ = in_transaction();
}

std::int64_t Connection::changes() const { return sqlite3_changes64(handle_.get()); }

bool Connection::has_broken_references() const {
  int count = 0;
  int high = 0;
  check(sqlite3_db_status(handle_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &count, &high, 0) ==
        SQLITE_OK);
  return count > 0;
}

bool Connection::has_long_log() const { return log_pages_ >= log_pages_max_; }

std::optional<LogPages> Connection::move_log() {
  LogPages pages;
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &pages.all, &pages.moved);
  if (code == SQLITE_IOERR_FSYNC) {
    raise_not_synced(code);
  }
  if ((code & 0xff) == SQLITE_IOERR) {
    raise(code);
  }
  return code == SQLITE_OK ? std::optional(pages) : std::nullopt;
}

void Connection::sync_file() {
  auto* file = main_file();
  check(file != nullptr);
  if (const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL); code != SQLITE_OK) {
    raise_not_synced(code);
  }
}

sqlite3_file* Connection::file(int which) const {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(handle_.get(), "main", which, static_cast<void*>(&file));
  return code == SQLITE_OK && file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

sqlite3_file* Connection::main_file() const { return file(SQLITE_FCNTL_FILE_POINTER); }

// How the disk last failed a call on the file or its log, which may be long ago; 0 where it never
// did.
int Connection::failure_of_disk() const {
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    auto* asked = file(which);
    int answer = 0;
    if (asked != nullptr &&
        asked->pMethods->xFileControl(asked, SQLITE_FCNTL_LAST_ERRNO, &answer) == SQLITE_OK &&
        (answer == EIO || answer == ENXIO || answer == ERANGE)) {
      return answer;
    }
  }
  return 0;
}

std::optional<LogHead> Connection::log_head() const {
  constexpr int index_part = 32768;  // bytes, of which the index grows
  constexpr int if_there = 0;
  auto* file = main_file();
  if (file == nullptr || file->pMethods->iVersion < 2) {
    return std::nullopt;
  }
  void volatile* index = nullptr;
  if (file->pMethods->xShmMap(file, 0, index_part, if_there, &index) != SQLITE_OK ||
      index == nullptr) {
    return std::nullopt;
  }
  // Other processes write it meanwhile.
  const std::span words(static_cast<std::uint32_t*>(const_cast<void*>(index)),
                        std::tuple_size_v<LogHead>);
  LogHead head{};
  std::ranges::transform(words, head.begin(), [](std::uint32_t& word) {
    return std::atomic_ref(word).load(std::memory_order_acquire);
  });
  return head;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Connection::raise(int code, Moment moment) const {
  int system = sqlite3_system_errno(handle_.get());
  if (const int failed = code == SQLITE_CORRUPT ? failure_of_disk() : 0; failed != 0) {
    // SQLite takes a file for damaged which the disk fails to give it (SQLITE_IOERR_CORRUPTFS).
    code = SQLITE_IOERR_READ;
    system = failed;
  }
  const auto fault = fault_of(code, moment);
  const bool of_opening = (code & 0xff) == SQLITE_CANTOPEN;
  if (of_opening && system == ENOENT) {
    system = 0;  // of a second try to read alone what could not be made: not why it failed
  }
  const bool of_system = (code & 0xff) == SQLITE_IOERR || of_opening;
  const std::string why =
      of_system && system != 0 ? "; " + std::generic_category().message(system) : "";
  // A code that SQLite did not answer itself, such as of a file it opened to read alone, has no
  // message of its own there.
  const bool of_sqlite = sqlite3_extended_errcode(handle_.get()) == code;
  throw_fault(fault.meaning,
              fmt::format("{}: {} (SQLite {}: {}{})", path_, fault.text, code,
                          of_sqlite ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code), why));
}

void Connection::raise_not_synced(int code) const {
  try {
    raise(code);
  } catch (const std::exception& failure) {
    throw NotSynced(failure.what());
  }
}

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
  if (connection.is_left_open()) {
    connection.roll_back();
  }
  if (connection.is_left_open()) {
    connection.raise(SQLITE_NOMEM);
  }
  check(!connection.in_transaction());
  connection.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN").step();
}

Transaction::~Transaction() {
  if (connection_.in_transaction()) {
    connection_.roll_back();
  }
}

void Transaction::commit() {
  auto statement = connection_.prepare("COMMIT");
  const int code = statement.try_step();
  if (code != SQLITE_DONE) {
    connection_.raise(code, Moment::commit);
  }
}

}  // namespace wattback::store::sqlite

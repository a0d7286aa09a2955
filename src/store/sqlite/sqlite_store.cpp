#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "store/edit.h"
#include "store/revisions.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/file.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/log_mover.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/writes.h"

namespace wattback::store {
namespace {

using sqlite::Access;
using sqlite::Connection;
using sqlite::FileState;
using sqlite::LogHead;
using sqlite::Moment;
using sqlite::Readers;
using sqlite::Tables;
using sqlite::Transaction;

class SqliteSnapshot : public Snapshot {
 public:
  SqliteSnapshot(Readers::Loan loan, const Tables& tables)
      : loan_(std::move(loan)),
        tables_(tables),
        transaction_(loan_.connection(), Transaction::Kind::read) {
    // The moment is that of the first read.
    loan_.connection().integer("SELECT count(*) FROM sqlite_schema");
  }

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    return sqlite::get(loan_.connection(), tables_.at(collection), keys);
  }

  void scan(const Query& query, const Sink& sink) override {
    sqlite::scan(loan_.connection(), tables_.at(query.collection).collection, query, sink);
  }

 private:
  Readers::Loan loan_;
  const Tables& tables_;
  Transaction transaction_;
};

constexpr std::string_view data_version = "PRAGMA data_version";

class SqliteStore : public Store {
 public:
  SqliteStore(SqliteOptions options, FileState state)
      : options_(std::move(options)),
        writer_(options_, state == FileState::missing ? Access::create : Access::write,
                Moment::opening),
        readers_(options_),
        log_mover_(options_, writing_) {}

  std::vector<std::optional<Document>> get(Collection collection,
                                           std::span<const Key> keys) override {
    // The writing connection's page cache survives its own commits, a reading one's does not. So
    // who commits finds what it wrote at hand, as long as it does not have to wait for it.
    if (const std::unique_lock lock(writing_, std::try_to_lock); lock && !writer_.is_left_open()) {
      return get_at_once(writer_, collection, keys);
    }
    const auto loan = readers_.lend();
    return get_at_once(loan.connection(), collection, keys);
  }

  Page find(const Query& query) override {
    const auto loan = readers_.lend();
    const Transaction one_moment(loan.connection(), Transaction::Kind::read);
    return sqlite::find(loan.connection(), tables().at(query.collection).collection, query);
  }

  CommitResult commit(const ChangeSet& changes) override {
    const auto schema_of = [this](Collection collection) -> const CollectionSchema& {
      return tables().at(collection).collection;
    };
    if (auto refusal = find_invalid(changes, capabilities(), schema_of)) {
      return std::unexpected(std::move(*refusal));
    }
    if (changes.changes.empty()) {
      return {};
    }
    const std::scoped_lock lock(writing_);
    auto result = commit_alone(changes);
    if (result && writer_.has_long_log()) {
      log_mover_.wake();
    }
    return result;
  }

  void apply_schema(const Schema& schema) override {
    const std::scoped_lock lock(writing_);
    sqlite::make_tables(writer_, options_, schema);
    tables_.push_back(std::make_unique<Tables>(schema));
    writer_.opened();
  }

  std::optional<std::int64_t> schema_version() override {
    const std::scoped_lock lock(writing_);
    const auto version = writer_.integer("PRAGMA user_version");
    return version == 0 ? std::nullopt : std::optional(version);
  }

  std::vector<std::string> find_schema_faults(const Schema& schema) override {
    const std::scoped_lock lock(writing_);
    return sqlite::find_faults(writer_, schema);
  }

  std::vector<std::string> find_sharding_faults(const Schema& /*schema*/) override { return {}; }

  std::vector<std::string> shard(const Schema& /*schema*/) override { return {}; }

  std::unique_ptr<Snapshot> snapshot() override {
    return std::make_unique<SqliteSnapshot>(readers_.lend(), tables());
  }

  std::uint64_t revision(Collection collection) override {
    {
      const std::scoped_lock lock(observing_);
      observe();
    }
    return revisions_.of(collection);
  }

  Capabilities capabilities() const override {
    return {.commit_changes_max = sqlite::commit_changes_max,
            .commit_bytes_max = sqlite::commit_bytes_max,
            .document_bytes_max = sqlite::document_bytes_max,
            .durable = true,
            .shared = true,
            .checks_references = true};
  }

 private:
  const Tables& tables() const {
    check(!tables_.empty());  // apply_schema comes first
    return *tables_.back();
  }

  CommitResult commit_alone(const ChangeSet& changes) {
    if (commit_at_once(changes)) {
      return {};
    }
    Transaction transaction(writer_, Transaction::Kind::write);
    const OwnChange own(*this);
    if (auto refusal = sqlite::apply_or_refuse(writer_, tables(), changes)) {
      return std::unexpected(std::move(*refusal));
    }
    finish(transaction, changes);
    return {};
  }

  bool commit_at_once(const ChangeSet& changes) {
    Transaction transaction(writer_, Transaction::Kind::write);
    const OwnChange own(*this);
    if (!sqlite::try_apply(writer_, tables(), changes)) {
      return false;
    }
    finish(transaction, changes);
    return true;
  }

  void finish(Transaction& transaction, const ChangeSet& changes) {
    try {
      transaction.commit();
      revisions_.count(changes);
    } catch (const CommitUnknown&) {
      revisions_.count(changes);
      throw;
    }
  }

  // As long as it lives, the file's one write lock is held, or was until now: what the observer
  // sees change is this store's own doing.
  class OwnChange {
   public:
    explicit OwnChange(SqliteStore& store) : store_(store) {
      const std::scoped_lock lock(store_.observing_);
      if (store_.observer_) {
        store_.observe();
        written_ = store_.writer_.integer(data_version);
        store_.is_changing_ = true;
      }
    }
    OwnChange(const OwnChange&) = delete;
    OwnChange& operator=(const OwnChange&) = delete;
    ~OwnChange() {
      const std::scoped_lock lock(store_.observing_);
      if (!std::exchange(store_.is_changing_, false)) {
        return;
      }
      try {
        // In this order: who writes between the two is seen now, and again the next time.
        store_.known_version_ = store_.observer_->integer(data_version);
        if (store_.writer_.integer(data_version) != written_) {
          store_.revisions_.count_unknown();
        }
      } catch (const std::exception&) {  // the commit stands all the same
        store_.revisions_.count_unknown();
      }
    }

   private:
    SqliteStore& store_;
    std::int64_t written_ = 0;
  };

  // Whether anyone wrote, holding `observing_`. Any commit moves the version that another
  // connection sees; the writing one's own version moves with others' commits alone.
  void observe() {
    if (!observer_) {
      observer_.emplace(options_, Access::read, Moment::statement);
      observer_->integer(data_version);  // opens the log
    }
    const auto head = observer_->log_head();
    if (head && head == seen_head_) {
      return;
    }
    const auto version = observer_->integer(data_version);
    if (is_changing_) {
      return;
    }
    if (version != known_version_) {
      known_version_ = version;
      revisions_.count_unknown();
    }
    seen_head_ = head;
  }

  std::vector<std::optional<Document>> get_at_once(Connection& connection, Collection collection,
                                                   std::span<const Key> keys) const {
    const auto& table = tables().at(collection);
    if (keys.size() == 1) {  // a statement is of one moment by itself
      return sqlite::get(connection, table, keys);
    }
    const Transaction one_moment(connection, Transaction::Kind::read);
    return sqlite::get(connection, table, keys);
  }

  const SqliteOptions options_;
  std::vector<std::unique_ptr<const Tables>> tables_;  // all ever applied: keys view their names
  std::mutex writing_;                                 // guards the writing connection
  Connection writer_;
  std::mutex observing_;  // guards what follows; after `writing_`
  std::optional<Connection> observer_;
  std::int64_t known_version_ = 0;    // as the observer last saw it
  std::optional<LogHead> seen_head_;  // before it did
  bool is_changing_ = false;          // a commit of this store is under way
  Revisions revisions_;
  Readers readers_;
  sqlite::LogMover log_mover_;
};

// What the file holds is for the programme's operator alone; SQLite gives the files it makes
// beside it the same permissions.
void keep_private(const std::filesystem::path& path) {
  using std::filesystem::perms;
  std::error_code ignored;  // a file system without permissions
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write, ignored);
}

// SQLite would only say that the file it could not make is not there.
void refuse_unwritable(const std::filesystem::path& directory) {
  if (access(directory.c_str(), W_OK | X_OK) != 0) {
    throw StoreUnusable(fmt::format("{} can't be written: {}", directory.string(),
                                    std::generic_category().message(errno)));
  }
}

}  // namespace

std::unique_ptr<Store> make_sqlite_store(const SqliteOptions& options) {
  auto absolute = options;
  absolute.path = std::filesystem::absolute(options.path);
  const auto state = sqlite::look_at(absolute.path);
  if (state != FileState::store && options.if_missing == IfMissing::refuse) {
    throw StoreMissing(fmt::format("{}: there is no store", absolute.path.string()));
  }
  if (state == FileState::missing && !std::filesystem::is_directory(absolute.path.parent_path())) {
    throw StoreUnusable(fmt::format("{}: its directory does not exist", absolute.path.string()));
  }
  if (state == FileState::missing) {
    refuse_unwritable(absolute.path.parent_path());
  }
  auto store = std::make_unique<SqliteStore>(absolute, state);
  if (state == FileState::missing) {
    keep_private(absolute.path);
  }
  return store;
}

}  // namespace wattback::store

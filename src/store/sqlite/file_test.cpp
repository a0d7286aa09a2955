// Files: which are taken, which are refused and stay as they were, and what is made in one.
#include "store/sqlite/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr Collection users{"users"};

class File : public testing::Test {
 protected:
  std::filesystem::path path() const { return directory / "store"; }
  SqliteOptions options() const { return options_of(path()); }

  // Any SQLite file, through a connection without our store.
  Connection raw() const { return {options(), Access::create, Moment::statement}; }

  static std::string own_version() { return "version " + std::to_string(product_schema().version); }

  // Opening it fails with a line that names it, and leaves it and its directory as they were.
  template <class Exception>
  void expect_refused(std::string_view why, const Schema& schema = product_schema()) const {
    const auto before = read_file(path());
    const auto message = message_of<Exception>([&] { open_store(options(), schema); });
    EXPECT_THAT(message, AllOf(StartsWith(path().string() + ": "), HasSubstr(std::string(why)),
                               Not(HasSubstr("\n"))));
    EXPECT_TRUE(read_file(path()) == before);
    EXPECT_THAT(files(), ElementsAre("store"));
  }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path().parent_path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  TestDirectory directory;
};

TEST_F(File, IsMadeWhereAskedFor) {
  open_store(options());
  const auto header = read_file(path()).substr(0, 100);
  EXPECT_EQ(header.substr(68, 4), "Watt");
  EXPECT_EQ(raw().integer("PRAGMA user_version"), product_schema().version);
  EXPECT_EQ(look_at(path()), FileState::store);
  EXPECT_THAT(files(), ElementsAre("store"));  // its log is gone once it is closed
}

TEST_F(File, IsForItsOwnerAlone) {
  const auto store = open_store(options());
  ASSERT_TRUE(store->commit({{Insert{users, document_of(users, 1)}}}));
  struct stat status{};
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    ASSERT_EQ(stat((path().string() + suffix).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
  }
}

TEST_F(File, IsMissedWhereMakingItWasNotAskedFor) {
  auto refusing = options();
  refusing.if_missing = IfMissing::refuse;
  EXPECT_THAT(message_of<StoreMissing>([&] { make_sqlite_store(refusing); }),
              StartsWith(path().string() + ": "));
  EXPECT_FALSE(std::filesystem::exists(path()));
  write_file(path(), "");
  EXPECT_THROW(make_sqlite_store(refusing), StoreMissing);
  EXPECT_EQ(read_file(path()), "");
}

TEST_F(File, IsTakenWhenEmpty) {
  write_file(path(), "");
  open_store(options());
  EXPECT_EQ(look_at(path()), FileState::store);
}

TEST_F(File, NeedsItsDirectory) {
  const auto nowhere = options_of(directory / "none/store");
  EXPECT_THAT(message_of<StoreUnusable>([&] { make_sqlite_store(nowhere); }),
              HasSubstr("none/store: its directory does not exist"));
}

TEST_F(File, MustNotBeADirectoryOrADevice) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(message_of<StoreUnusable>([&] { make_sqlite_store(options()); }),
              path().string() + ": is a directory, not a file");
  EXPECT_THAT(message_of<StoreUnusable>([&] { make_sqlite_store(options_of("/dev/null")); }),
              "/dev/null: is not a regular file");
}

TEST_F(File, IsRefusedWhenItIsNotSqlite) {
  write_file(path(), "id,name\n1,one\n");
  expect_refused<StoreUnusable>("is not a SQLite database");
  write_file(path(), std::string(8192, 'x'));
  expect_refused<StoreUnusable>("is not a SQLite database");
}

// What can't be read must not be taken for an empty file, in which a store could be made.
TEST_F(File, IsRefusedWhenItCanNotBeRead) {
  const std::filesystem::path no_memory_is_at_0 = "/proc/self/mem";
  EXPECT_THAT(message_of<StoreUnusable>([&] { look_at(no_memory_is_at_0); }),
              HasSubstr("can not be read: Input/output error"));
}

// A journal of a transaction that was cut off, with one page as it was before; or none, where the
// file had none.
std::string journal_of(std::string_view page) {
  std::string journal("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
  const auto add = [&](std::string& bytes, std::uint32_t integer) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
      bytes.push_back(static_cast<char>(integer >> shift));
    }
  };
  constexpr std::uint32_t nonce = 1;
  constexpr std::uint32_t sector = 512;
  constexpr std::uint32_t page_size = 4096;
  for (const std::uint32_t field :
       {page.empty() ? 0U : 1U, nonce, page.empty() ? 0U : 1U, sector, page_size}) {
    add(journal, field);
  }
  journal.resize(sector, '\0');
  if (!page.empty()) {
    add(journal, 1);
    journal += page;
    std::uint32_t checksum = nonce;
    for (std::size_t i = page_size - 200; i > 0 && i < page_size; i -= 200) {
      checksum += static_cast<unsigned char>(page[i]);
    }
    add(journal, checksum);
  }
  return journal;
}

// SQLite syncs the journal, then writes the pages: what of them is there after a power cut is
// chance, and no reason to refuse the file.
TEST_F(File, IsTakenAsEmptyWhenItWasCutOffWhileBeingMade) {
  auto journal_path = path();
  journal_path += "-journal";
  for (const char garbage : {'\0', 'x'}) {
    write_file(path(), std::string(8192, garbage));
    write_file(journal_path, journal_of({}));
    EXPECT_EQ(look_at(path()), FileState::empty);
    open_store(options());
    EXPECT_EQ(raw().text("PRAGMA integrity_check"), "ok");
    std::filesystem::remove(path());
  }
}

TEST_F(File, IsJudgedByThePageThatIsInItsJournal) {
  auto journal_path = path();
  journal_path += "-journal";
  raw().execute("PRAGMA application_id = " + std::to_string(application_id));
  const auto ours = read_file(path());
  raw().execute("PRAGMA application_id = 7");
  const auto other = read_file(path());
  ASSERT_EQ(ours.size(), 4096U);
  const std::string torn = std::string(512, 'x') + ours.substr(512);
  write_file(path(), torn);
  write_file(journal_path, journal_of(other));
  EXPECT_THAT(message_of<StoreUnusable>([&] { open_store(options()); }),
              HasSubstr("is a SQLite database of another application"));
  EXPECT_EQ(read_file(path()), torn);
  write_file(journal_path, journal_of(ours));
  EXPECT_EQ(look_at(path()), FileState::store);
  open_store(options());
  EXPECT_EQ(raw().text("PRAGMA integrity_check"), "ok");
}

// SQLite moves pages from the log into the file where they stand, page 1 too.
TEST_F(File, IsJudgedByThePageThatIsInItsLog) {
  const auto crashed = directory / "crashed";
  auto log = path();
  log += "-wal";
  for (const auto application : {application_id, std::int64_t{7}}) {
    {
      open_store(options_of(crashed));
      Connection other(options_of(crashed), Access::write, Moment::statement);
      other.execute("PRAGMA application_id = " + std::to_string(application));
      other.execute("PRAGMA user_version = 1");
      write_file(path(), std::string(512, 'x') + read_file(crashed).substr(512));
      write_file(log, read_file(crashed.string() + "-wal"));
    }
    if (application == application_id) {
      EXPECT_EQ(look_at(path()), FileState::store);
      EXPECT_EQ(raw().text("PRAGMA integrity_check"), "ok");
    } else {
      EXPECT_THAT(message_of<StoreUnusable>([&] { open_store(options()); }),
                  HasSubstr("is a SQLite database of another application"));
    }
    for (const auto& made : {path(), log, crashed}) {
      std::filesystem::remove(made);
    }
  }
}

TEST_F(File, IsRefusedWhenAnotherApplicationMadeIt) {
  raw().execute("CREATE TABLE notes (text TEXT)");
  expect_refused<StoreUnusable>("is a SQLite database of another application");
  raw().execute("PRAGMA application_id = 7");
  expect_refused<StoreUnusable>("is a SQLite database of another application");
}

// SQLite would move the log into the file when it closes it.
TEST_F(File, OfAnotherApplicationKeepsTheLogItCrashedWith) {
  const auto crashed = directory / "crashed";
  auto log = path();
  log += "-wal";
  {
    Connection other(options_of(crashed), Access::create, Moment::statement);
    other.execute("CREATE TABLE notes (text TEXT)");
    other.text("PRAGMA journal_mode = WAL");
    other.execute("INSERT INTO notes VALUES ('only in the log')");
    std::filesystem::copy_file(crashed, path());
    std::filesystem::copy_file(crashed.string() + "-wal", log);
  }
  const auto before = read_file(path());
  const auto log_before = read_file(log);
  EXPECT_THAT(message_of<StoreUnusable>([&] { open_store(options()); }),
              HasSubstr("is a SQLite database of another application"));
  EXPECT_TRUE(read_file(path()) == before);
  EXPECT_TRUE(read_file(log) == log_before);
  EXPECT_FALSE(log_before.empty());
}

TEST_F(File, IsRefusedWhenAnotherApplicationIsFirstInAnEmptyOne) {
  const auto store = make_sqlite_store(options());
  raw().execute("CREATE TABLE notes (text TEXT)");
  EXPECT_THAT(message_of<StoreUnusable>([&] { store->apply_schema(product_schema()); }),
              HasSubstr("another application"));
  EXPECT_EQ(raw().integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(File, IsRefusedWhenANewerSchemaMadeIt) {
  auto newer = product_schema();
  newer.version = 12;
  open_store(options(), newer);
  expect_refused<StoreUnusable>("has schema version 12, and this program knows up to " +
                                own_version() + ";");
}

TEST_F(File, IsRefusedWhenDamaged) {
  open_store(options());
  auto bytes = read_file(path());
  bytes.replace(100, 3000, std::string(3000, '\x5A'));
  write_file(path(), bytes);
  expect_refused<StoreUnusable>("is damaged");
}

TEST_F(File, IsRefusedWhenAColumnIsAnother) {
  open_store(options());
  auto other = product_schema();
  auto& rewards = other.collections.at(7);
  rewards.fields.at(rewards.position("status")).words.emplace_back("hidden");
  expect_refused<StoreUnusable>("rewards.status differs from schema " + own_version(), other);
  other = product_schema();
  other.collections.at(7).fields.push_back({.name = "colour", .required = true});
  expect_refused<StoreUnusable>("rewards.colour differs from schema " + own_version(), other);
}

TEST_F(File, IsUnavailableWhileAnotherProcessHasItToItself) {
  open_store(options());
  auto impatient = options();
  impatient.busy_max = Milliseconds(20);
  auto other = raw();
  other.execute("PRAGMA locking_mode = EXCLUSIVE");
  other.execute("BEGIN EXCLUSIVE");
  EXPECT_THAT(message_of<StoreUnavailable>([&] { open_store(impatient); }),
              StartsWith(path().string() + ": is locked by another process"));
}

TEST_F(File, IsLeftAloneWhenItHasAllOfTheSchema) {
  open_store(options());
  const auto before = read_file(path());
  open_store(options());
  EXPECT_TRUE(read_file(path()) == before);
}

TEST_F(File, GetsWhatANewerSchemaAdds) {
  const auto document = document_of(users, 1);
  {
    auto older = product_schema();
    std::erase_if(older.collections, [](const auto& each) { return each.name != "users"; });
    older.collections.front().indexes.pop_back();
    ASSERT_TRUE(open_store(options(), older)->commit({{Insert{users, document}}}));
  }
  auto newer = product_schema();
  ++newer.version;
  auto& fields = newer.collections.at(1).fields;
  fields.push_back({.name = "colour", .required = false, .length_max = 10});
  const auto store = open_store(options(), newer);
  auto extended = document;
  extended.values.emplace_back();
  EXPECT_EQ(get(*store, key_of(users, document)), extended);
  EXPECT_EQ(store->find({.collection = users, .index = "total_points", .limit = 5}).documents,
            std::vector{extended});
  EXPECT_EQ(raw().integer("PRAGMA user_version"), newer.version);
  EXPECT_EQ(raw().integer("SELECT colour IS NULL FROM users_readable"), 1);
  open_store(options(), newer);  // finds the column it added
}

TEST_F(File, GetsBackAViewOrAnIndexThatIsGone) {
  open_store(options());
  raw().execute("DROP VIEW users_readable");
  raw().execute("DROP INDEX users_by_email");
  open_store(options());
  EXPECT_EQ(raw().integer("SELECT count(*) FROM users_readable"), 0);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM sqlite_schema WHERE name = 'users_by_email'"), 1);
}

TEST_F(File, IsMadeOnceWhenManyMakeIt) {
  constexpr int makers_count = 6;
  std::atomic<int> done = 0;
  std::vector<std::jthread> makers;
  makers.reserve(makers_count);
  for (int i = 0; i < makers_count; ++i) {
    makers.emplace_back([&, i] {
      const auto store = open_store(options());
      const auto number = static_cast<std::uint64_t>(i);
      done += store->commit({{Insert{users, document_of(users, number)}}}) ? 1 : 0;
    });
  }
  makers.clear();
  EXPECT_EQ(done, makers_count);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM users"), makers_count);
}

}  // namespace
}  // namespace wattback::store::sqlite

// The store as a whole, where SQLite could make it differ: files shared by several, locks, broken
// disks, references, values and what people see who open the file. What every store must do is in
// tests/conformance.
#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/limits.h"
#include "store/sqlite/test_file.h"

namespace wattback::store::sqlite {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Collection users{"users"};
constexpr Collection meters{"meters"};
constexpr Collection rewards{"rewards"};
constexpr Collection redemptions{"redemptions"};
constexpr Collection earning_rules{"earning_rules"};
constexpr Collection programme{"programme"};
constexpr Collection energy_usage{"energy_usage"};

class SqliteStore : public testing::Test {
 protected:
  std::filesystem::path path() const { return directory_ / "store"; }
  SqliteOptions options() const { return options_of(path()); }
  Connection raw() const { return {options(), Access::write, Moment::statement}; }
  Store& store() { return *store_; }
  void close() { store_.reset(); }
  void open(const SqliteOptions& options) { store_ = open_store(options); }

  void commit(std::vector<Change> changes) {
    const auto result = store_->commit({std::move(changes)});
    ASSERT_TRUE(result) << result.error().detail;
  }
  Refusal refusal_of(std::vector<Change> changes) {
    auto result = store_->commit({std::move(changes)});
    return result ? Refusal{.detail = "was not refused"} : result.error();
  }

 private:
  TestDirectory directory_;
  std::unique_ptr<Store> store_ = open_store(options());
};

TEST_F(SqliteStore, IsSharedWithOthers) {
  const auto other = open_store(options());
  const auto before = document_of(users, 1);
  const auto after = next_version(users, before);
  commit({Insert{users, before}});
  EXPECT_EQ(get(*other, key_of(users, before)), before);
  ASSERT_TRUE(other->commit({{Replace{users, before, after}}}));
  EXPECT_EQ(get(store(), key_of(users, before)), after);
  const auto refusal = refusal_of({Replace{users, before, after}});
  EXPECT_EQ(refusal.reason, Refusal::Reason::conflict);
  EXPECT_THAT(refusal.keys, ElementsAre(key_of(users, before)));
}

TEST_F(SqliteStore, KeepsWhatItCommitted) {
  const auto document = document_of(users, 1);
  commit({Insert{users, document}});
  close();
  EXPECT_EQ(std::filesystem::exists(path().string() + "-wal"), false);
  open(options());
  EXPECT_EQ(get(store(), key_of(users, document)), document);
}

TEST_F(SqliteStore, SyncsEveryCommitToItsLog) {
  auto connection = raw();
  EXPECT_EQ(connection.text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(connection.integer("PRAGMA synchronous"), 2);  // FULL
  EXPECT_EQ(connection.integer("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(connection.integer("PRAGMA cache_size"), -4096);
}

TEST_F(SqliteStore, MovesALongLogIntoTheFileAndBeginsItAnew) {
  auto other = raw();  // moves nothing itself
  other.execute("CREATE TABLE ballast (bytes BLOB)");
  const auto add = [&](int pages) {
    other.execute(fmt::format("INSERT INTO ballast VALUES (zeroblob({} * 4096))", pages));
  };
  const auto before = std::filesystem::file_size(path());
  const int pages = options().log_pages;
  add(pages / 2);
  commit({Insert{users, document_of(users, 1)}});
  add(pages / 2);
  EXPECT_TRUE(other.has_long_log());
  EXPECT_EQ(std::filesystem::file_size(path()), before);

  commit({Insert{users, document_of(users, 2)}});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    add(1);
  } while (other.has_long_log() && std::chrono::steady_clock::now() < deadline);
  EXPECT_FALSE(other.has_long_log());
  EXPECT_GT(std::filesystem::file_size(path()),
            before + (static_cast<std::uintmax_t>(pages) * 4096));
}

// A file that can't grow for now; the limit is of the log, too.
TEST_F(SqliteStore, MovesTheLogOnceItsFileTakesItAgain) {
  std::mutex mutex;
  std::vector<std::string> told;
  auto of_short_log = options();
  of_short_log.log_pages = 16;
  of_short_log.tell = [&](const std::string& what) {
    const std::scoped_lock lock(mutex);
    told.push_back(what);
  };
  open(of_short_log);
  {
    auto other = raw();
    other.execute("CREATE TABLE ballast AS SELECT zeroblob(32 << 20)");
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const auto size = [&] { return std::filesystem::file_size(path()); };
  const auto before = size();
  std::uint64_t number = 0;
  const auto commit_until = [&](const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so() && std::chrono::steady_clock::now() < deadline) {
      for (int i = 0; i < 16; ++i) {
        commit({Insert{users, document_of(users, ++number)}});
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  };
  const auto times_told = [&] {
    const std::scoped_lock lock(mutex);
    return told.size();
  };
  {
    const FileSizeLimit limit(before);
    commit_until([&] { return times_told() > 0; });
    commit_until([&, stop = number + 64] { return number >= stop; });
    EXPECT_EQ(size(), before);
  }
  commit_until([&] { return size() > before; });
  EXPECT_GT(size(), before);
  close();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told.front(), AllOf(HasSubstr(path().string()), HasSubstr("for now, and grows")));
  open(options());
  for (std::uint64_t i = 1; i <= number; ++i) {
    const auto document = document_of(users, i);
    EXPECT_EQ(get(store(), key_of(users, document)), document);
  }
}

TEST_F(SqliteStore, WaitsNoLongerThanBusyMax) {
  auto impatient = options();
  impatient.busy_max = Milliseconds(50);
  open(impatient);
  auto other = raw();
  const Transaction held(other, Transaction::Kind::write);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(
      message_of<StoreUnavailable>([&] { refusal_of({Insert{users, document_of(users, 1)}}); }),
      StartsWith(path().string() + ": is locked by another process"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, Milliseconds(40));
  EXPECT_EQ(get(store(), key_of(users, document_of(users, 1))), std::nullopt);  // still reads
}

TEST_F(SqliteStore, WaitsForAnotherToFinish) {
  auto other = raw();
  auto held = std::make_unique<Transaction>(other, Transaction::Kind::write);
  const std::jthread finishing([&] {
    std::this_thread::sleep_for(Milliseconds(50));
    held.reset();
  });
  commit({Insert{users, document_of(users, 1)}});
}

// The file may not grow: what happens at COMMIT can't be told from a write that arrived.
TEST_F(SqliteStore, SaysThatACommitsFateIsUnknownWhenItsLogCanNotBeWritten) {
  const auto one = document_of(users, 1);
  const auto two = document_of(users, 2);
  commit({Insert{users, one}});
  std::string message;
  {
    const FileSizeLimit limit(std::filesystem::file_size(path().string() + "-wal") + 100);
    message = message_of<CommitUnknown>([&] { refusal_of({Insert{users, two}}); });
  }
  EXPECT_THAT(message, StartsWith(path().string() + ": reading or writing failed"));
  // It goes on from what stands.
  EXPECT_EQ(get(store(), key_of(users, two)), std::nullopt);
  commit({Insert{users, two}});
  EXPECT_EQ(get(store(), key_of(users, one)), one);
}

TEST_F(SqliteStore, NamesTheReferenceThatLeadsNowhere) {
  const auto meter = document_of(meters, 3);
  const auto refusal = refusal_of({Insert{users, document_of(users, 1)}, Insert{meters, meter}});
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_THAT(refusal.keys, ElementsAre(key_of(meters, meter)));
  EXPECT_THAT(refusal.detail, HasSubstr("its user_id refers to no document of users"));
  EXPECT_EQ(get(store(), key_of(users, document_of(users, 1))), std::nullopt);
}

TEST_F(SqliteStore, NamesADocumentThatIsStillReferredTo) {
  const auto user = document_of(users, 3);
  const auto meter = document_of(meters, 3);
  commit({Insert{meters, meter}, Insert{users, user}});
  const auto refusal = refusal_of({Remove{users, user}});
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_THAT(refusal.keys, ElementsAre(key_of(users, user)));
  EXPECT_THAT(refusal.detail, HasSubstr("is referred to by user_id of a document of meters"));
  commit({Remove{users, user}, Remove{meters, meter}});
}

TEST_F(SqliteStore, MovesAReferenceAwayFromWhatItRemoves) {
  const auto user = document_of(users, 3);
  const auto other = document_of(users, 4);
  const auto first = document_of(rewards, 1);
  const auto second = document_of(rewards, 2);
  auto redemption = with(redemptions, document_of(redemptions, 1), "user_id", user.values.front());
  redemption = with(redemptions, redemption, "reward_id", first.values.front());
  commit({Insert{users, user}, Insert{users, other}, Insert{rewards, first},
          Insert{redemptions, redemption}});
  const auto moved =
      with(redemptions, next_version(redemptions, redemption), "reward_id", second.values.front());
  commit(
      {Remove{rewards, first}, Replace{redemptions, redemption, moved}, Insert{rewards, second}});
  EXPECT_EQ(get(store(), key_of(redemptions, redemption)), moved);
}

TEST_F(SqliteStore, PassesUniqueValuesRound) {
  const auto user = document_of(users, 3);
  std::vector<Change> insertions{Insert{users, user}};
  std::vector<Change> replacements;
  std::vector<Document> relabelled;
  const std::array<std::string, 3> labels{"a", "b", "c"};
  for (std::uint64_t i = 0; i < labels.size(); ++i) {
    const auto meter =
        with(meters, with(meters, document_of(meters, i), "user_id", user.values.front()), "label",
             labels.at(i));
    relabelled.push_back(
        with(meters, next_version(meters, meter), "label", labels.at((i + 1) % labels.size())));
    insertions.emplace_back(Insert{meters, meter});
    replacements.emplace_back(Replace{meters, meter, relabelled.back()});
  }
  commit(insertions);
  // A reading refers to one of them all the while.
  auto reading = with(energy_usage, document_of(energy_usage, 1), "user_id", user.values.front());
  reading = with(energy_usage, reading, "import_id", {});
  commit({Insert{energy_usage, reading}});
  commit(replacements);
  for (const auto& meter : relabelled) {
    EXPECT_EQ(get(store(), key_of(meters, meter)), meter);
  }
}

TEST_F(SqliteStore, RefusesWhatTheTableForbidsThoughItsSchemaDoesNot) {
  raw().execute("CREATE UNIQUE INDEX names ON users (name)");
  commit({Insert{users, document_of(users, 1)}});
  const auto twin = with(users, document_of(users, 2), "name", document_of(users, 1).values.at(1));
  const auto refusal = refusal_of({Insert{users, twin}});
  EXPECT_EQ(refusal.reason, Refusal::Reason::invalid);
  EXPECT_THAT(refusal.keys, ElementsAre(key_of(users, twin)));
}

TEST_F(SqliteStore, HoldsUnusualValues) {
  using Integer = std::numeric_limits<std::int64_t>;
  using Real = std::numeric_limits<double>;
  const auto round_trip = [&](Collection collection, std::string_view field, const Value& value) {
    static std::uint64_t number = 100;
    auto document = with(collection, document_of(collection, number++), field, value);
    commit({Insert{collection, document}});
    EXPECT_EQ(get(store(), key_of(collection, document)), document) << to_text(value);
  };
  fill(store(), referred_count);
  round_trip(users, "total_points", Integer::max());
  for (const auto points : {Integer::min(), Integer::max(), std::int64_t{0}}) {
    round_trip(energy_usage, "points_earned", points);
    round_trip(energy_usage, "date", Instant(Milliseconds(points)));
    round_trip(earning_rules, "rates", Integers{{"Renewable", points}});
  }
  for (const auto energy : {0.1, 1e-6, 1125899906.842623, Real::max(), Real::denorm_min(), 3.0}) {
    round_trip(energy_usage, "energy_consumed", energy);
  }
  for (const auto& text : {std::string(), std::string("Ünïcødé 日本 🏠"), std::string("a\0b", 3),
                           std::string("it's \"quoted\" -- ; DROP TABLE users")}) {
    round_trip(users, "name", text);
  }
  round_trip(earning_rules, "rates", Integers{});
  round_trip(earning_rules, "effective_day", make_day(1, 1, 1));
  round_trip(earning_rules, "effective_day", make_day(9999, 12, 31));
  auto connection = raw();
  auto statement = connection.prepare("SELECT typeof(?)");
  const Value no_bytes = Bytes{};
  statement.bind(0, no_bytes);
  ASSERT_TRUE(statement.step());
  EXPECT_EQ(statement.text(0), "blob");  // not NULL
  round_trip(programme, "self_reporting", false);
  round_trip(energy_usage, "quality", {});
}

TEST_F(SqliteStore, PagesOverAbsentValues) {
  const auto user = document_of(users, 3);
  std::vector<Change> insertions{Insert{users, user}};
  for (std::uint64_t i = 0; i < 9; ++i) {
    auto meter = with(meters, document_of(meters, i), "user_id", user.values.front());
    meter = i % 2 == 0 ? with(meters, meter, "identifier_digest", {}) : meter;
    insertions.emplace_back(Insert{meters, meter});
  }
  commit(insertions);
  for (const auto order : {Order::ascending, Order::descending}) {
    Query query{.collection = meters,
                .index = "identifier",
                .equals = {user.values.front()},
                .order = order};
    query.limit = page_documents_max;
    const auto all = store().find(query).documents;
    ASSERT_EQ(all.size(), 9U);
    for (query.limit = 1; query.limit <= 9; ++query.limit) {
      std::vector<Document> paged;
      query.after.clear();
      do {
        auto page = store().find(query);
        paged.insert(paged.end(), page.documents.begin(), page.documents.end());
        query.after = page.next;
      } while (!query.after.empty());
      EXPECT_EQ(paged, all) << query.limit;
    }
  }
}

TEST_F(SqliteStore, ShowsPeopleReadableRows) {
  const auto meter = document_of(meters, 1);
  auto reading = with(energy_usage, document_of(energy_usage, 1), "usage_id",
                      *parse_uuid("0192f0c1-2345-8678-9abc-def012345678"));
  reading = with(energy_usage, reading, "date", *parse_instant("2026-11-24T10:33:00.007Z"));
  reading = with(energy_usage, reading, "created_at", *parse_instant("1969-12-31T23:59:59Z"));
  reading = with(energy_usage, reading, "day", make_day(2026, 11, 24));
  reading = with(energy_usage, reading, "import_id", {});
  commit(
      {Insert{users, document_of(users, 1)}, Insert{meters, meter}, Insert{energy_usage, reading}});
  auto connection = raw();
  EXPECT_EQ(connection.text("SELECT usage_id || ' ' || date || ' ' || day || ' ' || created_at || "
                            "' ' || energy_consumed || ' ' || energy_type || ' ' || "
                            "coalesce(import_id, 'none') FROM energy_usage_readable"),
            "0192f0c1-2345-8678-9abc-def012345678 2026-11-24T10:33:00.007Z 2026-11-24 "
            "1969-12-31T23:59:59Z 0.25 Non-Renewable none");
  EXPECT_EQ(connection.text("SELECT identifier_digest FROM meters_readable"),
            to_hex(std::get<Bytes>(meter.values.at(
                product_schema().collection(meters).position("identifier_digest")))));
  for (const auto& collection : product_schema().collections) {
    connection.execute("SELECT * FROM " + collection.name + "_readable");
  }
}

TEST_F(SqliteStore, SaysWhenAnotherProgramWroteWhatItCanNotRead) {
  const auto rule = document_of(earning_rules, 1);
  commit({Insert{earning_rules, rule}});
  for (const auto* text : {"no JSON", "[1]", R"({"Renewable": 1.5})"}) {
    auto connection = raw();
    auto statement = connection.prepare("UPDATE earning_rules SET rates = ?");
    const Value value = std::string(text);
    statement.bind(0, value);
    statement.step();
    EXPECT_THAT(
        [&] { get(store(), key_of(earning_rules, rule)); },
        testing::ThrowsMessage<CorruptDocument>(StartsWith(to_text(key_of(earning_rules, rule)))))
        << text;
  }
}

TEST_F(SqliteStore, LendsASnapshotForAsLongAsItIsHeld) {
  const auto before = document_of(users, 1);
  commit({Insert{users, before}});
  const auto snapshot = store().snapshot();
  commit({Replace{users, before, next_version(users, before)}});
  commit({Insert{users, document_of(users, 2)}});
  std::vector<Document> scanned;
  snapshot->scan({.collection = users}, [&](const Document& outer) {
    // The same way again, within the scan.
    snapshot->scan({.collection = users}, [&](const Document& inner) {
      EXPECT_EQ(inner, outer);
      return true;
    });
    scanned.push_back(outer);
    return true;
  });
  EXPECT_THAT(scanned, ElementsAre(before));
}

TEST_F(SqliteStore, EndsWhereASnapshotOutlivesIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a store has a thread of its own
  const auto snapshot = store().snapshot();
  EXPECT_DEATH(close(), "condition does not hold");
}

TEST_F(SqliteStore, LimitsItsReaders) {
  auto impatient = options();
  impatient.busy_max = Milliseconds(20);
  open(impatient);
  std::vector<std::unique_ptr<Snapshot>> held;
  held.reserve(readers_max);
  for (std::size_t i = 0; i < readers_max; ++i) {
    held.push_back(store().snapshot());
  }
  EXPECT_THROW(store().snapshot(), StoreUnavailable);
  EXPECT_THROW(store().find({.collection = users, .limit = 1}), StoreUnavailable);
  held.pop_back();
  EXPECT_TRUE(store().find({.collection = users, .limit = 1}).documents.empty());
}

TEST_F(SqliteStore, ForgetsStatementsItHasTooManyOf) {
  auto connection = raw();
  auto leased = connection.prepare("SELECT 7");
  ASSERT_TRUE(leased.step());
  for (std::size_t i = 0; i < 2 * prepared_max; ++i) {
    EXPECT_EQ(connection.integer("SELECT " + std::to_string(i)), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(leased.integer(0), 7);
}

TEST_F(SqliteStore, ServesManyThreads) {
  commit({Insert{users, document_of(users, 0)}});
  constexpr std::size_t readers_count = 3;
  std::vector<std::jthread> threads;
  threads.reserve(readers_count);
  while (threads.size() < readers_count) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(get(store(), key_of(users, document_of(users, 0))));
        EXPECT_FALSE(store().find({.collection = users, .limit = 5}).documents.empty());
      }
    });
  }
  for (std::uint64_t i = 1; i <= 100; ++i) {
    commit({Insert{users, document_of(users, i)}});
  }
  threads.clear();
}

}  // namespace
}  // namespace wattback::store::sqlite

// Migrations on the memory store: lists of the tests' own, which go on from the product's schema.
#include "operations/migrator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "base/check.h"
#include "operations/audit.h"
#include "store/memory/memory_store.h"
#include "store/read.h"
#include "support/faulty_store.h"

namespace wattback::operations {
namespace {

using test_support::FaultyStore;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr store::Collection notes{"notes"};

// The product's schema with one more collection, and a version 5 that adds a field to it.
store::Schema longer_schema() {
  auto schema = store::product_schema();
  schema.version += 2;
  schema.collections.push_back(
      store::parse_collection(fmt::format(R"({{
    "name": "notes", "description": "Of this test.", "primary_key": ["note_id"], "since": {},
    "fields": [
      {{"name": "note_id", "type": "int64"}},
      {{"name": "text", "type": "string", "length_max": 20}},
      {{"name": "loud", "type": "string", "length_max": 20, "since": {}}},
      {{"name": "version", "type": "int64", "min": 1}}
    ],
    "indexes": [{{"name": "loud", "fields": ["loud"], "since": {}}}]
  }})",
                                          schema.version - 1, schema.version, schema.version)));
  return schema;
}

std::vector<std::optional<store::Document>> write_loud(store::Store& /*store*/,
                                                       const store::Schema& schema,
                                                       std::span<const store::Document> documents) {
  const auto loud = schema.collection(notes).position("loud");
  std::vector<std::optional<store::Document>> rewritten;
  for (const auto& document : documents) {
    auto& each = rewritten.emplace_back();
    if (store::is_absent(document.values[loud])) {
      each = document;
      each->values[loud] = std::get<std::string>(document.values[1]) + "!";
    }
  }
  return rewritten;
}

Migrations longer_list(Pass::Rewrite rewrite = write_loud) {
  auto list = product_migrations().list();
  const auto next = product_migrations().newest() + 1;
  list.push_back({.number = next, .name = "notes", .description = ""});
  list.push_back(
      {.number = next + 1,
       .name = "loud",
       .description = "",
       .up = {{.name = "write it loud", .collection = notes, .rewrite = std::move(rewrite)}}});
  return {longer_schema(), std::move(list)};
}

constexpr std::int64_t count = 95;

class Migrating : public testing::Test {
 protected:
  Migrating() {
    database->apply_schema(before.schema());
    prepare_store(*database, before, {.owner = "maker", .now = now, .where = "here"});
    store::ChangeSet changes;
    for (std::int64_t id = 1; id <= count; ++id) {
      changes.changes.emplace_back(
          store::Insert{notes, {{id, fmt::format("note {}", id), std::int64_t{1}}}});
    }
    check(database->commit(changes).has_value());
  }

  MigratorOptions options(std::string owner) {
    return {.now = [this] { return now; },
            .owner = std::move(owner),
            .where = "here",
            .piece_documents = 10,
            .sleep = [this](Milliseconds time) { now += time; },
            .should_stop = [this] { return stop_after && --*stop_after < 0; },
            .on_progress = [this](const MigrationRecord& record) { progress = record; },
            .on_wait = [this](const MigrationRecord& record) { waited_for = record.owner; },
            .on_unsettled =
                [this](const MigrationRecord&, const std::string& why) {
                  unsettled = why;
                  if (during_unsettled) {
                    during_unsettled();
                  }
                }};
  }

  void expect_done_once() {
    const auto schema = after.schema();
    database->apply_schema(schema);
    std::int64_t id = 0;
    database->snapshot()->scan({.collection = notes}, [&](const store::Document& document) {
      ++id;
      const auto text = fmt::format("note {}", id);
      EXPECT_EQ(document, (store::Document{{id, text, text + "!", std::int64_t{2}}}));
      return true;
    });
    EXPECT_EQ(id, count);
    EXPECT_THAT(verify_schema(*database, after), IsEmpty());
  }

  MigrationRecord record() { return *find_record(*database, after.newest()); }

  const Instant start = *parse_instant("2026-11-28T12:00:00Z");
  Instant now = start;
  Migrations before{store::as_of(longer_schema(), longer_schema().version - 1), [] {
                      auto list = longer_list().list();
                      list.pop_back();
                      return list;
                    }()};
  Migrations after = longer_list();
  std::unique_ptr<store::Store> database = store::make_memory_store();
  std::optional<int> stop_after;
  MigrationRecord progress;
  std::string waited_for;
  std::string unsettled;
  std::function<void()> during_unsettled;
};

TEST_F(Migrating, RewritesEachDocumentOnce) {
  const auto migrated = migrate_up(*database, after, options("one"));
  EXPECT_FALSE(migrated.stopped);
  ASSERT_EQ(migrated.done.size(), 1U);
  EXPECT_EQ(migrated.done.front().documents, count);
  EXPECT_EQ(migrated.done.front().changed, count);
  expect_done_once();
  EXPECT_EQ(record().status, MigrationStatus::migrated);
  EXPECT_EQ(record().runs, 1);
  EXPECT_EQ(record().lease_until, std::nullopt);
  EXPECT_THAT(migrate_up(*database, after, options("two")).done, IsEmpty());
}

TEST_F(Migrating, GoesOnWhereItWasStopped) {
  stop_after = 4;
  EXPECT_TRUE(migrate_up(*database, after, options("one")).stopped);
  EXPECT_EQ(record().changed, 40);
  stop_after.reset();
  const auto migrated = migrate_up(*database, after, options("two"));
  EXPECT_EQ(migrated.done.at(0).runs, 2);
  EXPECT_EQ(migrated.done.at(0).changed, count);
  EXPECT_EQ(waited_for, "");  // who stops gives its lease back
  expect_done_once();
}

TEST_F(Migrating, GoesOnWhereItWasKilled) {
  auto dying = options("one");
  dying.on_progress = [](const MigrationRecord& record) {
    if (record.changed == 30) {
      throw std::runtime_error("killed");
    }
  };
  EXPECT_THROW(migrate_up(*database, after, dying), std::runtime_error);
  const auto killed = now;
  migrate_up(*database, after, options("two"));
  EXPECT_EQ(waited_for, "one");
  EXPECT_GE(now, killed + dying.lease);
  EXPECT_EQ(record().runs, 2);
  expect_done_once();
}

TEST_F(Migrating, LeavesTheWorkToWhoTookOver) {
  auto slow = options("slow");
  bool overtaken = false;
  slow.on_progress = [&](const MigrationRecord& seen) {
    if (seen.changed == 20 && !overtaken) {
      overtaken = true;
      now += slow.lease;  // it sleeps for so long
      auto quick = options("quick");
      migrate_up(*database, after, quick);
    }
  };
  EXPECT_THAT(migrate_up(*database, after, slow).done, IsEmpty());
  EXPECT_TRUE(overtaken);
  EXPECT_EQ(record().owner, "quick");
  EXPECT_EQ(record().changed, count);
  expect_done_once();
}

TEST_F(Migrating, ReadsAgainWhatAnotherWroteMeanwhile) {
  FaultyStore faulty(*database);
  auto list = longer_list([&](store::Store& store, const store::Schema& schema,
                              std::span<const store::Document> documents) {
    auto rewritten = write_loud(store, schema, documents);
    if (progress.changed == 20 && faulty.met(test_support::Fault::Kind::refused) == 0) {
      faulty.set_plan(
          test_support::in_turn({test_support::refused(store::Refusal::Reason::conflict)}));
    }
    return rewritten;
  });
  migrate_up(faulty, list, options("one"));
  EXPECT_EQ(faulty.met(test_support::Fault::Kind::refused), 1U);
  expect_done_once();
}

// What MongoDB does for a minute or more with what a killed process was writing.
class MigratingOnAServer : public Migrating {
 protected:
  MigratingOnAServer() {
    auto capabilities = database->capabilities();
    capabilities.remote = true;
    slow.set_capabilities(capabilities);
  }

  // The pieces are refused for so long; what else is committed goes through.
  void refuse_pieces(const test_support::Fault& fault, Milliseconds time) {
    slow.set_plan([this, fault, until = now + time](const store::ChangeSet& changes) {
      return changes.changes.size() > 1 && now < until ? fault : test_support::Fault{};
    });
  }

  FaultyStore slow{*database};
};

TEST_F(MigratingOnAServer, WaitsForWhatIsKeptFromIt) {
  refuse_pieces(test_support::refused(store::Refusal::Reason::conflict), Seconds(90));
  EXPECT_EQ(migrate_up(slow, after, options("one")).done.size(), 1U);
  EXPECT_GE(now, start + Seconds(90));
  EXPECT_EQ(record().runs, 1);
  EXPECT_THAT(unsettled, HasSubstr("others write what it reads"));
  expect_done_once();
}

TEST_F(MigratingOnAServer, WaitsForAServerThatIsAway) {
  refuse_pieces(test_support::unavailable(), Seconds(90));
  EXPECT_EQ(migrate_up(slow, after, options("one")).done.size(), 1U);
  EXPECT_GE(now, start + Seconds(90));
  expect_done_once();
}

TEST_F(Migrating, DoesNotWaitForAFile) {
  FaultyStore faulty(*database);
  faulty.set_plan([&](const store::ChangeSet& changes) {
    return changes.changes.size() > 1 ? test_support::unavailable() : test_support::Fault{};
  });
  EXPECT_THROW(migrate_up(faulty, after, options("one")), store::StoreUnavailable);
  EXPECT_EQ(now, start);
}

TEST_F(MigratingOnAServer, IsNotOvertakenWhileItWaits) {
  refuse_pieces(test_support::refused(store::Refusal::Reason::conflict), Seconds(60));
  bool tried = false;
  during_unsettled = [&] {
    if (now > start + Seconds(40) && !tried) {
      tried = true;
      auto other = options("other");
      other.should_stop = [] { return true; };
      EXPECT_TRUE(migrate_up(slow, after, other).stopped);
      EXPECT_EQ(waited_for, "one");
    }
  };
  EXPECT_EQ(migrate_up(slow, after, options("one")).done.size(), 1U);
  EXPECT_TRUE(tried);
  EXPECT_EQ(record().owner, "one");
  expect_done_once();
}

TEST_F(MigratingOnAServer, ItsPatienceHasAnEnd) {
  refuse_pieces(test_support::refused(store::Refusal::Reason::conflict), Seconds(1'000));
  EXPECT_THROW(migrate_up(slow, after, options("one")), store::StoreUnavailable);
  EXPECT_LT(now, start + Seconds(200));
}

TEST_F(MigratingOnAServer, StopsWhileItWaits) {
  refuse_pieces(test_support::refused(store::Refusal::Reason::conflict), Seconds(1'000));
  during_unsettled = [&] { stop_after = 0; };
  EXPECT_TRUE(migrate_up(slow, after, options("one")).stopped);
  EXPECT_LT(now, start + Seconds(10));
}

TEST_F(MigratingOnAServer, WaitsForARecordThatIsKeptFromIt) {
  slow.set_plan([&](const store::ChangeSet&) {
    return now < start + Seconds(70) ? test_support::refused(store::Refusal::Reason::conflict)
                                     : test_support::Fault{};
  });
  EXPECT_EQ(migrate_up(slow, after, options("one")).done.size(), 1U);
  EXPECT_THAT(unsettled, HasSubstr("its record"));
  expect_done_once();
}

TEST_F(Migrating, SettlesCommitsOfUnknownFate) {
  FaultyStore faulty(*database);
  bool even = false;
  faulty.set_plan([&](const store::ChangeSet& changes) {
    even = !even;
    if (changes.changes.size() < 2) {
      return test_support::Fault{};
    }
    return even ? test_support::unknown_after() : test_support::unknown_before();
  });
  auto options = this->options("one");
  options.piece_documents = 50;
  migrate_up(faulty, after, options);
  EXPECT_GT(faulty.met(test_support::Fault::Kind::unknown_after), 0U);
  expect_done_once();
}

TEST_F(Migrating, SaysWhatAStoreOfAnOlderSchemaNeeds) {
  try {
    prepare_store(*database, after,
                  {.owner = "one", .now = now, .where = "here", .remedy = "run: it"});
    FAIL();
  } catch (const store::StoreUnusable& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("here: has schema version {}, and this program needs version {}; run: it",
                          after.newest() - 1, after.newest()));
  }
}

TEST_F(Migrating, RefusesANewerStore) {
  migrate_up(*database, after, options("one"));
  EXPECT_THROW(migrate_up(*database, before, options("two")), store::StoreUnusable);
  EXPECT_THROW(prepare_store(*database, before, {.now = now, .where = "here"}),
               store::StoreUnusable);
}

TEST_F(Migrating, IsNotBegunByAnotherProgramsMigrationOfThatNumber) {
  stop_after = 2;
  migrate_up(*database, after, options("one"));
  stop_after.reset();
  auto list = after.list();
  list.back().name = "another";
  const Migrations others(longer_schema(), list);
  EXPECT_THROW(migrate_up(*database, others, options("two")), std::runtime_error);
}

TEST_F(Migrating, IsVerified) {
  EXPECT_THAT(verify_schema(*database, before), IsEmpty());
  stop_after = 2;
  migrate_up(*database, after, options("one"));
  EXPECT_THAT(verify_schema(*database, after), ElementsAre(HasSubstr("is not finished")));
  stop_after.reset();
  migrate_up(*database, after, options("one"));
  auto list = after.list();
  list.back().name = "another";
  EXPECT_THAT(verify_schema(*database, Migrations(longer_schema(), list)),
              ElementsAre(HasSubstr("is called another")));
  list = after.list();
  list.back().up.front().name = "write it louder";
  EXPECT_THAT(verify_schema(*database, Migrations(longer_schema(), list)),
              ElementsAre(HasSubstr("checksum differs")));
}

TEST_F(Migrating, IsVerifiedDownToTheDocuments) {
  auto forgetful = longer_list([](store::Store& store, const store::Schema& schema,
                                  std::span<const store::Document> documents) {
    auto rewritten = write_loud(store, schema, documents);
    if (documents.front().values.front() == store::Value(std::int64_t{1})) {
      rewritten.front().reset();
    }
    return rewritten;
  });
  migrate_up(*database, forgetful, options("one"));
  EXPECT_THAT(verify_schema(*database, after), ElementsAre(HasSubstr("loud")));
}

TEST_F(Migrating, ThatAStoreRefusesSaysSo) {
  auto impossible = longer_list([](store::Store& store, const store::Schema& schema,
                                   std::span<const store::Document> documents) {
    auto rewritten = write_loud(store, schema, documents);
    rewritten.back()->values[2] = std::string(50, 'x');
    return rewritten;
  });
  try {
    migrate_up(*database, impossible, options("one"));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("notes.loud"));
  }
}

TEST(ProductMigrations, MakeANewStoreAtTheNewestVersion) {
  const auto store = store::make_memory_store();
  const Preparing preparing{.owner = "maker", .now = *parse_instant("2026-11-28T12:00:00Z")};
  prepare_store(*store, product_migrations(), preparing);
  prepare_store(*store, product_migrations(), preparing);
  const auto state = read_state(*store, product_migrations());
  EXPECT_THAT(state.pending(product_migrations()), IsEmpty());
  EXPECT_EQ(state.history.size(), product_migrations().list().size());
  EXPECT_TRUE(std::ranges::all_of(
      state.history, [](const auto& record) { return record.status == MigrationStatus::made; }));
  store->apply_schema(store::product_schema());
  EXPECT_THAT(verify_schema(*store, product_migrations()), IsEmpty());
}

// Whose process was killed, say: the next one must not find a store that has to be migrated.
TEST(ProductMigrations, MakeANewStoreAnewWhereTheFirstTryWasCutOff) {
  const Preparing preparing{.owner = "maker", .now = *parse_instant("2026-11-28T12:00:00Z")};
  std::size_t commits = 0;
  for (bool was_cut_off = true; was_cut_off; ++commits) {
    const auto store = store::make_memory_store();
    FaultyStore faulty(*store);
    faulty.set_plan([&, left = commits](const store::ChangeSet&) mutable {
      return left-- == 0 ? test_support::unavailable() : test_support::Fault{};
    });
    try {
      prepare_store(faulty, product_migrations(), preparing);
      was_cut_off = false;
    } catch (const store::StoreUnavailable&) {
      prepare_store(*store, product_migrations(), preparing);
    }
    EXPECT_THAT(read_state(*store, product_migrations()).pending(product_migrations()), IsEmpty());
  }
  EXPECT_GT(commits, 1U);
}

}  // namespace
}  // namespace wattback::operations

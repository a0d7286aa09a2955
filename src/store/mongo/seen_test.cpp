// What has been seen or written is seen by what is read later, by whatever client, just after a
// fail-over too, when the new primary does not know yet how much a majority has.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "mongo/test_database.h"
#include "store/mongo/mongo_store.h"
#include "store/mongo/test_schema.h"

namespace wattback::store::mongo {
namespace {

constexpr Collection steps_name{"steps"};

class SeenOnMongo : public testing::Test {
 protected:
  SeenOnMongo() {
    schema.version = 1;
    schema.collections = {steps()};
    writer->apply_schema(schema);
    reader->apply_schema(schema);
    database.run(R"({"profile": 2})");
  }

  void commit() {
    const Document step{{"ada", std::int64_t{1}, "gate"}};
    ASSERT_TRUE(writer->commit({{Insert{steps_name, step}}}));
  }
  static void read(Store& store) {
    const Key key{.collection = steps_name, .values = {"ada", std::int64_t{1}}, .shard = "ada"};
    store.get(steps_name, std::span(&key, 1));
  }

  // The time of the server, as JSON.
  std::string now() {
    constexpr std::string_view name = "\"operationTime\" : ";
    const auto answer = database.run(R"({"ping": 1})");
    const auto begin = answer.find(name) + name.size();
    return answer.substr(begin, answer.find("} }", begin) + 3 - begin);
  }

  // Reads so far that are to see what was at a time after this one.
  int reads_after(const std::string& time) {
    const auto answer = database.run(fmt::format(
        R"({{"aggregate": "system.profile", "cursor": {{}}, "pipeline": [
              {{"$match": {{"op": "query", "command.find": "steps", "command.autocommit": null,
                            "command.readConcern.level": "majority",
                            "command.readConcern.afterClusterTime": {{"$gt": {}}}}}}},
              {{"$count": "reads"}}]}})",
        time));
    const auto count = answer.find("\"reads\" : ");
    return count == std::string::npos ? 0 : std::stoi(answer.substr(count + 10));
  }

  std::unique_ptr<Store> open() {
    return make_mongo_store({.address = database.address(), .if_missing = IfMissing::create});
  }

  test::MongoDatabase database;
  Schema schema;
  std::unique_ptr<Store> writer = open();
  std::unique_ptr<Store> reader = open();
};

TEST_F(SeenOnMongo, ReadsComeAfterWhatWasCommitted) {
  read(*writer);
  const auto before = now();
  commit();
  read(*writer);
  EXPECT_EQ(reads_after(before), 1);
}

TEST_F(SeenOnMongo, ReadsComeAfterWhatWasRead) {
  read(*reader);
  const auto before = now();
  commit();
  read(*reader);
  EXPECT_EQ(reads_after(before), 0);
  read(*reader);
  EXPECT_EQ(reads_after(before), 1);
}

}  // namespace
}  // namespace wattback::store::mongo

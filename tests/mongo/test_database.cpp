#include "mongo/test_database.h"

#include <fmt/format.h>
#include <mongoc/mongoc.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace wattback::test {
namespace {

std::string read_address() {
  const char* path = std::getenv("WATTBACK_TEST_MONGO");
  std::string address;
  if (path == nullptr || !std::getline(std::ifstream(path), address)) {
    throw std::runtime_error(
        "no mongod was started for the tests: run them by ctest, or start one by "
        "tests/mongo/mongod.py and name its address file in WATTBACK_TEST_MONGO");
  }
  return address;
}

std::string next_name() {
  static std::atomic<int> made = 0;
  return fmt::format("test_{}_{}", getpid(), ++made);
}

// mongodb://HOST/?OPTIONS with the database named.
std::string with_database(const std::string& address, const std::string& name) {
  const auto options = address.find('?');
  return address.substr(0, options) + name + address.substr(options);
}

std::string run_command(const std::string& address, const std::string& database,
                        const std::string& command) {
  mongoc_init();
  const std::unique_ptr<mongoc_client_t, decltype(&mongoc_client_destroy)> client(
      mongoc_client_new(address.c_str()), mongoc_client_destroy);
  bson_error_t error{};
  bson_t parsed;
  bson_t reply;
  if (!bson_init_from_json(&parsed, command.c_str(), -1, &error)) {
    throw std::runtime_error(error.message);
  }
  const bool done = mongoc_client_command_simple(client.get(), database.c_str(), &parsed, nullptr,
                                                 &reply, &error);
  const std::unique_ptr<char, decltype(&bson_free)> text(
      bson_as_relaxed_extended_json(&reply, nullptr), bson_free);
  std::string answer = text.get();
  bson_destroy(&parsed);
  bson_destroy(&reply);
  if (!done) {
    throw std::runtime_error(error.message);
  }
  return answer;
}

}  // namespace

MongoDatabase::MongoDatabase()
    : name_(next_name()), address_(with_database(read_address(), name_)) {}

MongoDatabase::~MongoDatabase() {
  try {
    run(R"({"dropDatabase": 1})");
  } catch (const std::exception& exception) {
    // The server may be gone; it goes with all it holds.
    fmt::print(stderr, "{} stays: {}\n", name_, exception.what());
  }
}

std::string MongoDatabase::run(const std::string& command) const {
  return run_command(address_, name_, command);
}

std::string MongoDatabase::run_on_admin(const std::string& command) const {
  return run_command(address_, "admin", command);
}

}  // namespace wattback::test

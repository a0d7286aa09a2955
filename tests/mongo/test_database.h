// A database of a test's own, on the replica set that ctest starts (tests/mongo/mongod.py).
#pragma once

#include <string>

namespace wattback::test {

class MongoDatabase {
 public:
  // Throws where no replica set was started.
  MongoDatabase();
  MongoDatabase(const MongoDatabase&) = delete;
  MongoDatabase& operator=(const MongoDatabase&) = delete;
  ~MongoDatabase();  // drops it

  const std::string& address() const { return address_; }  // a connection string
  const std::string& name() const { return name_; }

  // Runs a command, given as extended JSON, there or on `admin`; the answer, as JSON. Throws where
  // it fails.
  std::string run(const std::string& command) const;
  std::string run_on_admin(const std::string& command) const;

 private:
  std::string name_;
  std::string address_;
};

}  // namespace wattback::test

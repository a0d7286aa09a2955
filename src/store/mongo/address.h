// The address of a MongoDB store: a connection string
// (https://www.mongodb.com/docs/manual/reference/connection-string/), with what this driver asks of
// every server set in it.
#pragma once

#include <memory>
#include <string>

#include "store/mongo/handle.h"

namespace wattback::store::mongo {

// Before anything of libmongoc is used.
void prepare_library();

class Address {
 public:
  // Throws AddressRefused for what is no connection string, or has options that nobody knows, or
  // names files that can't be read, an empty password or a database that is MongoDB's own. What it
  // says never holds a part of the string that may be secret.
  explicit Address(const std::string& connection_string);

  const mongoc_uri_t* uri() const { return uri_.get(); }
  const std::string& database() const { return database_; }  // `wattback` where it names none
  const std::string& text() const { return text_; }          // without user, password and options

 private:
  std::shared_ptr<mongoc_uri_t> uri_;
  std::string database_;
  std::string text_;
};

}  // namespace wattback::store::mongo

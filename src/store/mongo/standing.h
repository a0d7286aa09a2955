// What stands in the database of validators and indexes, held against what the schema declares.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/mongo/connection.h"
#include "store/mongo/layout.h"

namespace wattback::store::mongo {

struct Validator {
  Bson rules;  // empty where it has none
  std::string level = "strict";
  std::string action = "error";

  bool is_enforced() const { return level == "strict" && action == "error"; }
};

// The collections that stand there, each with its validator.
using Validators = std::map<std::string, Validator, std::less<>>;
Validators read_validators(const Connection& connection);

// Whether it is what the schema declares, and documents are held to it.
bool is_as_declared(const Layout& layout, const Validator& standing);

// The fields of a collection that its validator does not have, or has otherwise.
struct FieldFault {
  std::string field;
  bool is_missing = false;
  bool is_of_another_type = false;  // of documents that this program could not read
};
std::vector<FieldFault> find_field_faults(const Layout& layout, const Validator& standing);

// The indexes that are missing, or others.
std::vector<std::string> find_index_faults(const Connection& connection, const Layout& layout);

// As Store::find_schema_faults.
std::vector<std::string> find_faults(const Connection& connection, const Layouts& layouts,
                                     std::int64_t version);

}  // namespace wattback::store::mongo

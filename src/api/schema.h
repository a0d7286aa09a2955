// A schema of the contract, ready to judge values. Of JSON Schema draft 7 it knows the words that
// the contract uses, and refuses others rather than pass over them.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <vector>

#include "base/error.h"

namespace wattback::api {

class Schema {
 public:
  // Of a schema without $ref. Throws std::logic_error, saying where, for one that is none, has a
  // word or format not known here, or a `pattern` without a `maxLength` to keep it from long texts.
  explicit Schema(const boost::json::value& source);
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // What is wrong with a value (find_faults); empty where it holds. From any thread.
  std::vector<FieldError> judge(const boost::json::value& value) const;

 private:
  struct Compiled;

  bool holds(const boost::json::value& value) const;

  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace wattback::api

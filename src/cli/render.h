// JSON for people: an object as lines, a list as a table.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "base/json.h"

namespace wattback::cli {

namespace json = boost::json;

// An object becomes "name  value" lines; one whose `data` is an array of objects becomes a table
// with a column a member of the first. Numbers are aligned right.
std::string render(const json::value& value);

}  // namespace wattback::cli

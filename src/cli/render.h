// JSON for people: an object as lines, a list as a table.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace wattback::cli {

namespace json = boost::json;

// An object becomes "name  value" lines; one whose `data` is an array of objects becomes a table
// with a column a member of the first. Numbers are aligned right.
std::string render(const json::value& value);

// JSON text on one line, with numbers as people write them (Boost.JSON writes 291.018
// as 2.91018E2).
std::string to_json_text(const json::value& value);

}  // namespace wattback::cli

// What the contract's schemas say of texts: their format and length. It is checked here, before the
// library sees them: its regular expressions run out of stack on a long text, and some formats it
// lets pass.
//
// Formats are asserted: date, date-time (RFC 3339), uuid and email. uri, uri-reference and int64
// are notes for the reader.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace wattback::api {

bool is_known_format(std::string_view format);

// What is wrong with a text under a schema's own format, minLength, maxLength and pattern, as a
// phrase:
// "must be a UUID".
std::optional<std::string> find_text_fault(const boost::json::object& schema,
                                           std::string_view text);

// Whether every text in a value is what the schema and those within it say. Where a value may be
// one of several things, those of its own type count.
bool holds_texts(const boost::json::object& schema, const boost::json::value& value);

// Whether the schema's own `type` lets a value in. An integer is written as one, within int64.
bool admits_type(const boost::json::object& schema, const boost::json::value& value);

}  // namespace wattback::api

// What a document's field can hold. Energy is kept as kWh (a double, as the database design
// document specifies); everything above the store sees it as base's Energy.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "base/uuid.h"

namespace wattback::store {

using Bytes = std::vector<std::uint8_t>;
using Integers = std::map<std::string, std::int64_t>;  // a small document of named integers

// std::monostate is an absent field. Values of one field order as the variant does: absent first,
// then by value; strings and bytes by their bytes.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Uuid, Instant,
                           Day, Bytes, Integers>;

inline bool is_absent(const Value& value) { return std::holds_alternative<std::monostate>(value); }

std::size_t hash_value(const Value& value);
std::size_t bytes_of(const Value& value);  // its size, near enough to hold against a store's limits
std::string to_text(const Value& value);   // for messages

}  // namespace wattback::store

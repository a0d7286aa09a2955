// Why a value is not what a schema of the contract says, in words for whoever wrote it.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <vector>

#include "base/error.h"

namespace wattback::api {

inline constexpr std::size_t faults_max = 100;

// A member's name that is longer is not repeated to who sent it.
inline constexpr std::size_t fault_name_bytes_max = 256;

// The faults in the order of the value, the first faults_max of them: RFC 6901 pointers into it,
// of a member itself where it is missing or not known. Empty where it holds.
std::vector<FieldError> find_faults(const boost::json::object& schema,
                                    const boost::json::value& value);

}  // namespace wattback::api

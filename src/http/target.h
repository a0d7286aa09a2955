// A request's target (RFC 9112, 3.2; RFC 3986) taken apart.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/request.h"

namespace wattback::http {

struct Target {
  std::string_view text;  // path and query, as sent
  std::string_view path;  // still percent-encoded
  std::string_view query;
};

// The origin form ("/users?limit=5") or the absolute form of http or https, whose authority is
// dropped. `invalid` for another form, a fragment, and what is no printable ASCII.
Result<Target> parse_target(std::string_view text);

// %41 to A. Nothing for a broken escape, a control character, and what is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

// All but the unreserved characters (RFC 3986, 2.3) escaped.
std::string percent_encode(std::string_view text);

// The decoded segments of a path that begins with '/'; nothing where percent_decode gives nothing.
std::optional<std::vector<std::string>> path_segments(std::string_view path);

// As HTML forms encode: "a=1&b=x+y", with blanks for '+'. `invalid` naming the parameter for one
// that is given twice, has a broken escape, or is beyond `parameters_max`.
Result<NamedValues> parse_query(std::string_view query, std::size_t parameters_max);

}  // namespace wattback::http

// References between the entries of a feed, absolute or relative (RFC 3986, section 5.2).
#pragma once

#include <string>
#include <string_view>

namespace wattback::importers {

// "example.org" of "https://example.org/espi", lower case; empty for a relative reference.
std::string authority_of(std::string_view link);

// The key of what `link` refers to: two links to one resource have the same, whether written with
// a scheme and authority or relative to `base`. The scheme, a fragment and a slash at the end don't
// count. `authority` stands where neither link nor base has one.
std::string link_key(std::string_view link, std::string_view base, std::string_view authority);

// The key without its last segment; empty at the top.
std::string_view parent_key(std::string_view key);

}  // namespace wattback::importers

// The texts of schema/*.json, as the build embeds them (cmake/embed.cmake).
#pragma once

#include <string_view>

namespace wattback::store {

std::string_view embedded_schema_version_json();                         // schema/schema.json
std::string_view embedded_collection_json(std::string_view collection);  // empty: there is none

}  // namespace wattback::store

# Writes a C++ source holding the texts of schema/*.json: cmake -DSCHEMA_DIR=... -DOUTPUT=... -P embed.cmake
file(GLOB schema_files "${SCHEMA_DIR}/*.json")
list(SORT schema_files)
set(lookups "")
foreach(path IN LISTS schema_files)
  file(READ "${path}" text)
  get_filename_component(name "${path}" NAME_WE)
  if(name STREQUAL "schema")
    set(version_text "${text}")
  else()
    string(APPEND lookups "  if (collection == \"${name}\") {\n    return R\"json(${text})json\";\n  }\n")
  endif()
endforeach()
file(WRITE "${OUTPUT}" "#include \"store/embedded_schema.h\"

namespace wattback::store {

std::string_view embedded_schema_version_json() { return R\"json(${version_text})json\"; }

std::string_view embedded_collection_json(std::string_view collection) {
${lookups}  return {};
}

}  // namespace wattback::store
")

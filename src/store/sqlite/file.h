// Knowing our own file, before SQLite touches it, and making what the schema asks for in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/schema.h"
#include "store/sqlite/connection.h"

namespace wattback::store::sqlite {

// In the file's header (https://sqlite.org/fileformat.html, 1.3): "Watt".
inline constexpr std::int64_t application_id = 0x57617474;

enum class FileState : std::uint8_t { missing, empty, store };

// Looks without changing anything. Throws StoreUnusable for what is no store of ours.
FileState look_at(const std::filesystem::path& path);

// As Store::apply_schema, in one transaction, of a connection of its own where something is to be
// made. The given one writes, to a file that is empty or a store, as the options say.
void make_tables(Connection& connection, const SqliteOptions& options, const Schema& schema);

// As Store::find_schema_faults.
std::vector<std::string> find_faults(Connection& connection, const Schema& schema);

}  // namespace wattback::store::sqlite

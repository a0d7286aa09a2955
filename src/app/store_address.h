// Where the store is: `file:PATH`, or a connection string of MongoDB, which may hold a password.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wattback::app {

struct EmbeddedStore {
  std::filesystem::path path;
};

struct MongoStore {
  std::string address;  // never to be shown as it is
};

using StoreAddress = std::variant<EmbeddedStore, MongoStore>;

// Nothing for what is of no kind this program has.
std::optional<StoreAddress> parse_store_address(std::string_view text);

// Whether it holds what nobody may see who lists this machine's processes.
bool holds_secret(std::string_view text);

// The same text with `***` for what is secret in it, and for the user's name.
std::string without_secrets(std::string_view text);

}  // namespace wattback::app

// The settings of a run: flag over WATTBACK_* in the environment over wattback.toml over default.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/store_address.h"
#include "base/error.h"
#include "cli/environment.h"

namespace wattback::app {

// How another command is given the same store: words of a shell before the program's name, and
// after the command's. What is secret in neither can be said: then `with` names the setting to give
// again.
struct SameStore {
  std::string before;
  std::string after;
  std::string with;
};

struct Configuration {
  StoreAddress store;
  SameStore same_store;
  std::string address;  // the server's
  std::uint16_t port = 0;
  security::HashCost hash_cost;
  // Each with where it came from, and without what is secret in it: for `config show`.
  std::vector<cli::Setting> settings;
};

// All there are: what names the file of settings first, then each as `config show` has them.
std::vector<cli::SettingDefinition> setting_definitions();

// How the environment is read; tests give their own.
using EnvironmentReader = std::function<std::optional<std::string>(const std::string& name)>;

// `invalid` naming the setting, and for an unknown key of the file the nearest known one.
// WATTBACK_CONFIG names another file than ./wattback.toml; `store_file` (WATTBACK_STORE_FILE), one
// that holds the store's address. An address with a password is refused on the command line, where
// others could read it.
Result<Configuration> configure(const cli::GivenSettings& given, const EnvironmentReader& read);

}  // namespace wattback::app

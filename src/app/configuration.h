// The settings of a run: flag over WATTBACK_* in the environment over wattback.toml over default.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/environment.h"

namespace wattback::app {

struct Configuration {
  std::filesystem::path store_path;  // of the embedded store
  std::string address;               // the server's
  std::uint16_t port = 0;
  security::HashCost hash_cost;
  std::vector<cli::Setting> settings;  // each with where it came from, for `config show`
};

// How the environment is read; tests give their own.
using EnvironmentReader = std::function<std::optional<std::string>(const std::string& name)>;

// `invalid` naming the setting, and for an unknown key of the file the nearest known one.
// WATTBACK_CONFIG names another file than ./wattback.toml.
Result<Configuration> configure(const cli::GivenSettings& given, const EnvironmentReader& read);

}  // namespace wattback::app

#include "app/configuration.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "base/decimal.h"

namespace wattback::app {
namespace {

constexpr std::string_view default_data_dir = "./wattback-data";
constexpr std::string_view default_config = "./wattback.toml";
constexpr std::string_view store_file_name = "wattback.db";
constexpr std::string_view file_scheme = "file:";

struct Key {
  std::string_view name;
  std::string_view environment;
  std::string_view fallback;
};

constexpr std::array<Key, 6> keys{{
    {"data_dir", "WATTBACK_DATA_DIR", default_data_dir},
    {"store", "WATTBACK_STORE", ""},
    {"address", "WATTBACK_ADDRESS", "127.0.0.1"},
    {"port", "WATTBACK_PORT", "8080"},
    {"password_memory_kib", "WATTBACK_PASSWORD_MEMORY_KIB", "65536"},
    {"password_operations", "WATTBACK_PASSWORD_OPERATIONS", "2"},
}};

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest_key(std::string_view name) {
  return std::ranges::min_element(keys, {},
                                  [name](const Key& key) { return distance(name, key.name); })
      ->name;
}

using Texts = std::map<std::string, std::string>;

std::optional<std::string> text_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) {
    return text;
  }
  if (const auto number = node.value_exact<std::int64_t>()) {
    return std::to_string(*number);
  }
  return std::nullopt;
}

Result<Texts> read_file(const std::string& path) {
  Texts texts;
  try {
    const auto table = toml::parse_file(path);
    for (const auto& [name, node] : table) {
      const std::string key(name.str());
      if (std::ranges::find(keys, key, &Key::name) == keys.end()) {
        return fail_field(
            key, fmt::format("{} has no such setting; did you mean {}?", path, nearest_key(key)));
      }
      const auto text = text_of(node);
      if (!text) {
        return fail_field(key, fmt::format("must be text or a whole number in {}", path));
      }
      texts[key] = *text;
    }
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid,
                fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  return texts;
}

Result<Texts> read_config(const EnvironmentReader& read, std::string& path) {
  const auto named = read("WATTBACK_CONFIG");
  path = named.value_or(std::string(default_config));
  if (!named && !std::filesystem::exists(path)) {
    return Texts{};
  }
  return read_file(path);
}

std::optional<std::string> given_value(const cli::GivenSettings& given, std::string_view name) {
  if (name == "data_dir") {
    return given.data_dir;
  }
  if (name == "store") {
    return given.store;
  }
  if (name == "address") {
    return given.address;
  }
  return name == "port" ? given.port : std::nullopt;
}

cli::Setting resolve(const Key& key, const cli::GivenSettings& given, const EnvironmentReader& read,
                     const Texts& file, const std::string& file_path) {
  const std::string name(key.name);
  if (const auto value = given_value(given, key.name)) {
    auto flag = "flag --" + name;
    std::ranges::replace(flag, '_', '-');
    return {.name = name, .value = *value, .origin = flag};
  }
  if (const auto value = read(std::string(key.environment))) {
    return {.name = name, .value = *value, .origin = "environment " + std::string(key.environment)};
  }
  if (const auto value = file.find(name); value != file.end()) {
    return {.name = name, .value = value->second, .origin = "file " + file_path};
  }
  return {.name = name, .value = std::string(key.fallback), .origin = "default"};
}

const cli::Setting& setting(const Configuration& configuration, std::string_view name) {
  const auto found = std::ranges::find(configuration.settings, name, &cli::Setting::name);
  check(found != configuration.settings.end());
  return *found;
}

Result<std::int64_t> number(const cli::Setting& setting, std::int64_t min, std::int64_t max) {
  const auto value = parse_decimal(setting.value, 0, Rounding::refuse);
  if (!value || *value < min || *value > max) {
    return fail_field(setting.name, fmt::format("'{}' ({}) must be a whole number, {} to {}",
                                                setting.value, setting.origin, min, max));
  }
  return *value;
}

// What is wrong is said without the value: it may hold a password.
Result<std::filesystem::path> store_path(const cli::Setting& store, const cli::Setting& data_dir) {
  if (store.value.empty()) {
    if (data_dir.value.empty()) {
      return fail_field("data_dir", "must not be empty");
    }
    return std::filesystem::path(data_dir.value) / store_file_name;
  }
  if (!store.value.starts_with(file_scheme) || store.value.size() == file_scheme.size()) {
    return fail_field("store", fmt::format("what {} gives is of no kind this program has; use "
                                           "file:PATH",
                                           store.origin));
  }
  return std::filesystem::path(store.value.substr(file_scheme.size()));
}

}  // namespace

Result<Configuration> configure(const cli::GivenSettings& given, const EnvironmentReader& read) {
  std::string file_path;
  const auto file = read_config(read, file_path);
  if (!file) {
    return std::unexpected(file.error());
  }
  Configuration configuration;
  for (const auto& key : keys) {
    configuration.settings.push_back(resolve(key, given, read, *file, file_path));
  }
  const auto path = store_path(setting(configuration, "store"), setting(configuration, "data_dir"));
  if (!path) {
    return std::unexpected(path.error());
  }
  const auto memory =
      number(setting(configuration, "password_memory_kib"), 8, std::int64_t{4} * 1024 * 1024);
  if (!memory) {
    return std::unexpected(memory.error());
  }
  const auto operations = number(setting(configuration, "password_operations"), 1, 100);
  if (!operations) {
    return std::unexpected(operations.error());
  }
  constexpr std::int64_t port_max = 65'535;
  const auto port = number(setting(configuration, "port"), 0, port_max);
  if (!port) {
    return std::unexpected(port.error());
  }
  configuration.store_path = *path;
  configuration.address = setting(configuration, "address").value;
  configuration.port = static_cast<std::uint16_t>(*port);
  configuration.hash_cost = {.operations = static_cast<unsigned long long>(*operations),
                             .memory_bytes = static_cast<std::size_t>(*memory) * 1024};
  if (setting(configuration, "store").value.empty()) {
    auto shown = std::ranges::find(configuration.settings, "store", &cli::Setting::name);
    shown->value = std::string(file_scheme) + path->string();
  }
  return configuration;
}

}  // namespace wattback::app

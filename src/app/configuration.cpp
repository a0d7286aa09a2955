#include "app/configuration.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "base/check.h"
#include "base/decimal.h"
#include "cli/completion.h"

namespace wattback::app {
namespace {

constexpr std::string_view store_file_name = "wattback.db";

constexpr std::string_view store_flag = "flag --store";
constexpr std::string_view from_flag = "flag ";
constexpr std::string_view from_environment = "environment ";
constexpr std::string_view from_nowhere = "default";

constexpr cli::SettingDefinition config_file{.variable = "WATTBACK_CONFIG",
                                             .fallback = "./wattback.toml",
                                             .description = "The file of settings."};

constexpr std::array<cli::SettingDefinition, 7> definitions{{
    {.name = "data_dir",
     .variable = "WATTBACK_DATA_DIR",
     .fallback = "./wattback-data",
     .description = "The folder of the embedded store, wattback.db."},
    {.name = "store",
     .variable = "WATTBACK_STORE",
     .description = "The store: file:PATH, mongodb://... or mongodb+srv://...; the embedded one if "
                    "not given, or where data_dir comes from a place before it."},
    {.name = "store_file",
     .variable = "WATTBACK_STORE_FILE",
     .description = "A file whose first line is the store, for one with a password."},
    {.name = "address",
     .variable = "WATTBACK_ADDRESS",
     .fallback = "127.0.0.1",
     .description = "Where the server listens; loopback only."},
    {.name = "port",
     .variable = "WATTBACK_PORT",
     .fallback = "8080",
     .description = "The server's port; 0 for any that is free."},
    {.name = "password_memory_kib",
     .variable = "WATTBACK_PASSWORD_MEMORY_KIB",
     .fallback = "65536",
     .description = "The memory that hashing a password takes (Argon2id), in KiB."},
    {.name = "password_operations",
     .variable = "WATTBACK_PASSWORD_OPERATIONS",
     .fallback = "2",
     .description = "How often hashing a password goes over that memory."},
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
  return std::ranges::min_element(definitions, {},
                                  [name](const cli::SettingDefinition& definition) {
                                    return distance(name, definition.name);
                                  })
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
      if (std::ranges::find(definitions, key, &cli::SettingDefinition::name) == definitions.end()) {
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

std::error_code fault_of_reading(const std::string& path) {
  if (std::error_code none; std::filesystem::is_directory(path, none)) {
    return std::make_error_code(std::errc::is_a_directory);
  }
  const std::ifstream file(path);
  return file ? std::error_code() : std::error_code(errno, std::generic_category());
}

Result<Texts> read_config(const EnvironmentReader& read, std::string& path) {
  const auto named = read(std::string(config_file.variable));
  path = named.value_or(std::string(config_file.fallback));
  std::error_code unseen;
  if (!named && !std::filesystem::exists(path, unseen) && !unseen) {
    return Texts{};
  }
  if (const auto fault = unseen ? unseen : fault_of_reading(path)) {
    const auto origin = named ? fmt::format(" ({}{})", from_environment, config_file.variable) : "";
    return fail(ErrorCode::invalid,
                fmt::format("{}{} can't be read: {}", path, origin, fault.message()));
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

cli::Setting resolve(const cli::SettingDefinition& definition, const cli::GivenSettings& given,
                     const EnvironmentReader& read, const Texts& file,
                     const std::string& file_path) {
  const std::string name(definition.name);
  if (const auto value = given_value(given, definition.name)) {
    auto flag = std::string(from_flag) + "--" + name;
    std::ranges::replace(flag, '_', '-');
    return {.name = name, .value = *value, .origin = flag};
  }
  if (const auto value = read(std::string(definition.variable))) {
    return {.name = name,
            .value = *value,
            .origin = std::string(from_environment) + std::string(definition.variable)};
  }
  if (const auto value = file.find(name); value != file.end()) {
    return {.name = name, .value = value->second, .origin = "file " + file_path};
  }
  return {
      .name = name, .value = std::string(definition.fallback), .origin = std::string(from_nowhere)};
}

cli::Setting& setting(Configuration& configuration, std::string_view name) {
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

Result<std::string> read_line(const cli::Setting& file) {
  std::string line;
  if (std::ifstream stream(file.value); !std::getline(stream, line) || line.empty()) {
    return fail_field(file.name, fmt::format("{} ({}) can't be read, or its first line is empty",
                                             file.value, file.origin));
  }
  line.erase(line.find_last_not_of(" \t\r") + 1);
  return line;
}

bool is_of_environment(const cli::Setting& setting) {
  return setting.origin.starts_with(from_environment);
}

// The places a setting comes from, the later before the earlier.
enum class Place : std::uint8_t { fallback, file, environment, flag };

Place place_of(const cli::Setting& setting) {
  if (setting.origin.starts_with(from_flag)) {
    return Place::flag;
  }
  if (is_of_environment(setting)) {
    return Place::environment;
  }
  return setting.origin == from_nowhere ? Place::fallback : Place::file;
}

// The file gives the store unless the flag does, or the environment over a file of settings.
bool names_file_instead(const cli::Setting& store, const cli::Setting& file) {
  const bool outranked = !store.value.empty() && place_of(store) > place_of(file);
  return !file.value.empty() && store.origin != store_flag && !outranked;
}

// The folder gives the store where its place goes before that of what else would.
bool names_folder_instead(const cli::Setting& store, const cli::Setting& file,
                          const cli::Setting& data_dir) {
  const auto other = file.value.empty() ? Place::fallback : place_of(file);
  return place_of(data_dir) > std::max(place_of(store), other);
}

std::filesystem::path store_in(const cli::Setting& data_dir) {
  return std::filesystem::path(data_dir.value) / store_file_name;
}

bool is_in_folder(const cli::Setting& store, const cli::Setting& data_dir) {
  const auto whole = [](const std::filesystem::path& path) {
    return std::filesystem::absolute(path).lexically_normal();
  };
  const auto address = parse_store_address(store.value);
  const auto* embedded = address ? std::get_if<EmbeddedStore>(&*address) : nullptr;
  return embedded != nullptr && whole(embedded->path) == whole(store_in(data_dir));
}

std::string word_of_shell(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,";
  const bool as_it_is = !text.empty() && text.find_first_not_of(plain) == std::string::npos;
  return as_it_is ? text : cli::in_single_quotes(text);
}

// Of a store that was settled as the settings were given. The address is that of a flag, which
// holds no secret, or one in which nothing had to be hidden.
SameStore same_store(const cli::Setting& store, const cli::Setting& file,
                     const cli::Setting& data_dir) {
  if (names_file_instead(store, file)) {
    return {.before = "WATTBACK_STORE_FILE=" + word_of_shell(file.value) + " ",
            .after = {},
            .with = {}};
  }
  if (store.value.empty()) {
    const bool is_default = place_of(data_dir) == Place::fallback;
    return {.before = {},
            .after = is_default ? "" : " --data-dir " + word_of_shell(data_dir.value),
            .with = {}};
  }
  if (store.origin == store_flag || without_secrets(store.value) == store.value) {
    return {.before = {}, .after = " --store " + word_of_shell(store.value), .with = {}};
  }
  return {.before = {},
          .after = {},
          .with = is_of_environment(store) ? store.origin.substr(from_environment.size())
                                           : "the store of " + store.origin};
}

Result<void> check_store_flag(const cli::Setting& store, const cli::Setting& data_dir) {
  if (store.origin != store_flag) {
    return {};
  }
  if (holds_secret(store.value)) {
    return fail_field("store",
                      "a password on the command line can be read by others; put the address into "
                      "a file and name it in WATTBACK_STORE_FILE");
  }
  if (!store.value.empty() && place_of(data_dir) == Place::flag && !is_in_folder(store, data_dir)) {
    return fail_field("store", fmt::format("--store {} and --data-dir {} name two stores; leave "
                                           "one out",
                                           without_secrets(store.value), data_dir.value));
  }
  return {};
}

// Settles the setting `store`, which the flag gives, or a file, or else one of the other places.
Result<void> settle_store(cli::Setting& store, const cli::Setting& file,
                          const cli::Setting& data_dir) {
  if (names_file_instead(store, file)) {
    if (!store.value.empty() && place_of(store) == place_of(file)) {
      return fail_field("store_file",
                        fmt::format("{} ({}) and {} ({}) both give the store; leave one out",
                                    store.name, store.origin, file.name, file.origin));
    }
    auto line = read_line(file);
    if (!line) {
      return std::unexpected(line.error());
    }
    store.value = std::move(*line);
    store.origin = "file " + file.value;
  }
  if (store.value.empty() && place_of(store) != Place::fallback) {
    return fail_field("store", fmt::format("{} gives nothing", store.origin));
  }
  if (store.value.empty()) {
    if (data_dir.value.empty()) {
      return fail_field("data_dir", "must not be empty");
    }
    store.value = "file:" + store_in(data_dir).string();
    store.origin = data_dir.origin;
  }
  return {};
}

// What is wrong is said without the value: it may hold a password.
Result<StoreAddress> store_address(const cli::Setting& store) {
  auto address = parse_store_address(store.value);
  if (!address) {
    return fail_field("store", fmt::format("what {} gives is of no kind this program has; use "
                                           "file:PATH, mongodb://... or mongodb+srv://...",
                                           store.origin));
  }
  return std::move(*address);
}

}  // namespace

std::vector<cli::SettingDefinition> setting_definitions() {
  std::vector<cli::SettingDefinition> all{config_file};
  all.insert(all.end(), definitions.begin(), definitions.end());
  return all;
}

Result<Configuration> configure(const cli::GivenSettings& given, const EnvironmentReader& read) {
  std::string file_path;
  const auto file = read_config(read, file_path);
  if (!file) {
    return std::unexpected(file.error());
  }
  Configuration configuration;
  for (const auto& definition : definitions) {
    configuration.settings.push_back(resolve(definition, given, read, *file, file_path));
  }
  auto& store = setting(configuration, "store");
  auto store_file = setting(configuration, "store_file");
  const auto& data_dir = setting(configuration, "data_dir");
  if (auto checked = check_store_flag(store, data_dir); !checked) {
    return std::unexpected(checked.error());
  }
  if (names_folder_instead(store, store_file, data_dir)) {
    store.value.clear();
    store.origin = from_nowhere;
    store_file.value.clear();
  }
  configuration.same_store = same_store(store, store_file, data_dir);
  if (auto settled = settle_store(store, store_file, data_dir); !settled) {
    return std::unexpected(settled.error());
  }
  auto address = store_address(store);
  if (!address) {
    return std::unexpected(address.error());
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
  configuration.store = std::move(*address);
  configuration.address = setting(configuration, "address").value;
  configuration.port = static_cast<std::uint16_t>(*port);
  configuration.hash_cost = {.operations = static_cast<unsigned long long>(*operations),
                             .memory_bytes = static_cast<std::size_t>(*memory) * 1024};
  store.value = without_secrets(store.value);
  return configuration;
}

}  // namespace wattback::app

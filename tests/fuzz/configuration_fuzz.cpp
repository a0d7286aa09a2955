// wattback.toml, and what is secret in the address of a store. Its `store_file` is not followed: it
// could name any file of this machine.
#include <fmt/format.h>

#include <algorithm>

#include "app/configuration.h"
#include "app/store_address.h"
#include "base/text.h"
#include "fuzz/memory_file.h"
#include "fuzz/target.h"

namespace wattback::fuzz {
namespace {

Result<app::Configuration> configure(std::string_view file) {
  static MemoryFile memory;
  memory.write(file);
  return app::configure({}, [](const std::string& name) -> std::optional<std::string> {
    if (name == "WATTBACK_CONFIG") {
      return memory.path();
    }
    return name == "WATTBACK_STORE_FILE" ? std::optional<std::string>("") : std::nullopt;
  });
}

std::string address_of(const app::StoreAddress& store) {
  if (const auto* file = std::get_if<app::EmbeddedStore>(&store)) {
    return "file:" + file->path.string();
  }
  return std::get<app::MongoStore>(store).address;
}

// As TOML writes a basic string (https://toml.io/en/v1.0.0#string).
std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted.push_back('\\');
      quoted.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "\"";
}

std::string as_toml(const app::Configuration& configuration) {
  std::string text;
  for (const auto& [name, value, origin] : configuration.settings) {
    if (origin != "default" && name != "store_file") {
      text += fmt::format("{} = {}\n", name,
                          toml_text(name == "store" ? address_of(configuration.store) : value));
    }
  }
  return text;
}

bool same(const app::Configuration& a, const app::Configuration& b) {
  return address_of(a.store) == address_of(b.store) && a.address == b.address && a.port == b.port &&
         a.hash_cost.memory_bytes == b.hash_cost.memory_bytes &&
         a.hash_cost.operations == b.hash_cost.operations &&
         std::ranges::equal(a.settings, b.settings, [](const auto& x, const auto& y) {
           return x.name == y.name && x.value == y.value && x.origin == y.origin;
         });
}

// One secret more, wherever an address has room for one, is not shown either.
void try_secrets(const std::string& address) {
  constexpr std::string_view secret = "hunter2";
  const auto shown = app::without_secrets(address);
  require(app::without_secrets(shown) == shown, "what is shown is shown as it is", shown);
  if (address.contains(secret) || !address.starts_with("mongodb")) {
    return;
  }
  const auto hosts = address.find("://") + 3;
  std::vector<std::string> more{address.substr(0, hosts) + "me:hunter2@" + address.substr(hosts)};
  for (const auto* option :
       {"tlsCertificateKeyFilePassword=hunter2", "SSLClientCertificateKeyPassword=hunter2",
        "authMechanismProperties=AWS_SESSION_TOKEN:hunter2"}) {
    more.push_back(address + (address.contains('?') ? "&" : "/?") + option);
  }
  for (const auto& each : more) {
    require(!app::without_secrets(each).contains(secret), "a secret is not shown", each);
    require(app::holds_secret(each), "a secret is known as one", each);
  }
}

}  // namespace

void try_input(std::string_view bytes) {
  const auto configuration = configure(bytes);
  if (!configuration) {
    require(!configuration.error().detail.empty(), "a refusal says why");
    return;
  }
  const auto toml = as_toml(*configuration);
  const auto again = configure(toml);
  require(again.has_value(), "what was written is a configuration", toml);
  require_round_trip(same(*configuration, *again), "what was read is read again", toml);
  try_secrets(address_of(configuration->store));
}

}  // namespace wattback::fuzz

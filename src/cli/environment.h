// What the command line is given by `app`: the time, the streams, the settings and a way to open
// the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "commit/committer.h"
#include "security/password.h"
#include "store/store.h"

namespace wattback::cli {

// A store held open, and the committer that writes it.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  virtual store::Store& store() = 0;
  virtual commit::Committer& committer() = 0;
};

// Whether a command may make the store where there is none.
enum class Opening : std::uint8_t { existing, create };

// What was given on the command line of the settings that can also come from elsewhere.
struct GivenSettings {
  std::optional<std::string> data_dir;
  std::optional<std::string> store;
  std::optional<std::string> address;
  std::optional<std::string> port;
};

struct Setting {
  std::string name;
  std::string value;
  std::string origin;  // flag, environment, file or default, with what exactly
};

// A setting as it is defined, wherever its value comes from.
struct SettingDefinition {
  std::string_view name;      // its key in the file of settings; empty: what names that file
  std::string_view variable;  // of the environment
  std::string_view fallback;  // empty: nothing in particular
  std::string_view description;
};

// A setting that can't be, or a file of them that can't be read. The operator's to mend, like a
// wrong flag.
class BadSettings : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct UnpreparedStore {
  std::unique_ptr<store::Store> store;
  std::string name;   // as its operator knows it
  std::string owner;  // who this process is, unlike any other

  // Keeps its servers away for as long as what it answers lives, where an older one would not be
  // refused its writes by a newer schema: of the embedded store. `conflict` where one serves it.
  std::function<Result<std::shared_ptr<void>>()> keep_servers_out;
};

// Whether a store of an older schema is brought up by who serves it, or refused.
enum class OlderSchema : std::uint8_t { refuse, migrate };

struct Serving {
  OlderSchema older_schema = OlderSchema::refuse;
  std::function<void(const std::string& url)> on_migrating;  // it answers 503, and will be ready
  std::function<void(const std::string& url)> on_ready;      // the programme can be reached
};

struct Environment {
  Clock now;
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool color = false;

  // Each throws cli::BadSettings for a setting that can't be; open also what opening a store
  // throws.
  std::function<std::unique_ptr<Session>(const GivenSettings&, Opening)> open;
  // As it stands, without its schema: for what brings it up or looks at it before.
  std::function<UnpreparedStore(const GivenSettings&)> open_unprepared;
  std::function<security::HashCost(const GivenSettings&)> hash_cost;
  std::function<std::vector<Setting>(const GivenSettings&)> settings;
  std::vector<SettingDefinition> setting_definitions;

  // Serves the programme until the process is told to end (SIGTERM or SIGINT). Throws as `open`
  // does.
  std::function<Result<void>(const GivenSettings&, const Serving&)> serve;
};

// Runs one command line (without the program's name) and answers its exit code: 0 done, 1 failed,
// 2 usage or invalid, 3 not found, 4 refused, 5 conflict, 6 unavailable.
int run(Environment& environment, const std::vector<std::string>& arguments);

}  // namespace wattback::cli

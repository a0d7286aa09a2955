// serve: the programme over HTTP.
#include <fmt/format.h>

#include "cli/verbs.h"

namespace wattback::cli {
namespace {

struct ServeOptions {
  std::optional<std::string> address;
  std::optional<std::string> port;
  bool migrate = false;
};

void declare(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--address", options.address,
                  "Where to listen; loopback only, since what is said is not encrypted");
  verb.add_option("--port", options.port, "0 for any that is free");
  verb.add_flag("--migrate", options.migrate,
                "Bring a store of an older schema up first, answering 503 meanwhile");
}

Result<Answer> serve(const Invocation& invocation, const ServeOptions& options) {
  auto settings = invocation.settings;
  settings.address = options.address;
  settings.port = options.port;
  const auto& environment = invocation.environment;
  const auto tell = [&](std::string_view does, const std::string& url) {
    if (invocation.json) {
      *environment.out << to_json_text(json::object{{"url", url}, {"state", does}}) << "\n";
    } else {
      *environment.out << fmt::format("Wattback {} {}\n", does, url);
    }
    environment.out->flush();
  };
  const Serving serving{
      .older_schema = options.migrate ? OlderSchema::migrate : OlderSchema::refuse,
      .on_migrating = [&](const std::string& url) { tell("migrates its store, at", url); },
      .on_ready = [&](const std::string& url) { tell("serves", url); }};
  if (auto served = environment.serve(settings, serving); !served) {
    return std::unexpected(std::move(served.error()));
  }
  return Answer{.data = json::object{{"stopped", true}}, .text = "Wattback has stopped\n"};
}

}  // namespace

void add_serve(Verbs& verbs) {
  verbs.add<ServeOptions>(nullptr, "serve", "Serve the programme over HTTP", declare, serve);
}

}  // namespace wattback::cli

// serve: the programme over HTTP.
#include <fmt/format.h>

#include "cli/verbs.h"

namespace wattback::cli {
namespace {

struct ServeOptions {
  std::optional<std::string> address;
  std::optional<std::string> port;
};

void declare(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--address", options.address,
                  "Where to listen; loopback only, since what is said is not encrypted");
  verb.add_option("--port", options.port, "0 for any that is free");
}

Result<Answer> serve(const Invocation& invocation, const ServeOptions& options) {
  auto settings = invocation.settings;
  settings.address = options.address;
  settings.port = options.port;
  const auto& environment = invocation.environment;
  const auto on_ready = [&](const std::string& url) {
    if (invocation.json) {
      *environment.out << to_json_text(json::object{{"url", url}}) << "\n" << std::flush;
    } else {
      *environment.out << fmt::format("Wattback serves {}\n", url) << std::flush;
    }
  };
  if (auto served = environment.serve(settings, on_ready); !served) {
    return std::unexpected(std::move(served.error()));
  }
  return Answer{.data = json::object{{"stopped", true}}, .text = "Wattback has stopped\n"};
}

}  // namespace

void add_serve(Verbs& verbs) {
  verbs.add<ServeOptions>(nullptr, "serve", "Serve the programme over HTTP", declare, serve);
}

}  // namespace wattback::cli

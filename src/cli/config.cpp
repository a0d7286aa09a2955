// config: show.
#include "cli/common_options.h"
#include "cli/verbs.h"

namespace wattback::cli {
namespace {

Result<Answer> show(const Invocation& invocation, const NoOptions& /*options*/) {
  json::array data;
  for (const auto& setting : invocation.environment.settings(invocation.settings)) {
    data.push_back(json::object{
        {"setting", setting.name}, {"value", setting.value}, {"origin", setting.origin}});
  }
  return Answer{.data = json::object{{"data", std::move(data)}}};
}

}  // namespace

void add_config(Verbs& verbs) {
  auto* group = verbs.group("config", "The settings of this run");
  verbs.add<NoOptions>(group, "show", "Each value with where it came from", declare_none, show);
}

}  // namespace wattback::cli

// version: the program's, and the schema's it knows.
#include "cli/common_options.h"
#include "cli/verbs.h"
#include "store/schema.h"

namespace wattback::cli {
namespace {

Result<Answer> version(const Invocation& /*invocation*/, const NoOptions& /*options*/) {
  const auto schema = store::product_schema().version;
  return Answer{.data = json::object{{"version", WATTBACK_VERSION}, {"schema_version", schema}},
                .text = std::string("wattback " WATTBACK_VERSION ", schema ") +
                        std::to_string(schema) + "\n"};
}

}  // namespace

void add_version(Verbs& verbs) {
  verbs.add<NoOptions>(nullptr, "version", "The program's version", declare_none, version);
}

}  // namespace wattback::cli

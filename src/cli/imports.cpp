// imports: list, show.
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"
#include "importers/reads.h"

namespace wattback::cli {
namespace {

Result<Answer> list(const Invocation& invocation, const PageOptions& options) {
  static const auto shape = shape_of(importers::collection, importers::index_created_at);
  const auto session = invocation.open();
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return importers::list(session->store(), limit, std::move(after));
  };
  return list_page(invocation, options, shape, read);
}

struct ShowOptions {
  std::string import;
};

void declare_show(CLI::App& verb, ShowOptions& options) {
  verb.add_option("import", options.import, "The import's id")->required();
}

Result<Answer> show(const Invocation& invocation, const ShowOptions& options) {
  const auto id = parse_id_option("import", options.import);
  if (!id) {
    return std::unexpected(id.error());
  }
  const auto session = invocation.open();
  const auto import = importers::find(session->store(), {*id});
  if (!import) {
    return fail(ErrorCode::not_found, "there is no import " + options.import);
  }
  return Answer{.data = form_of(*import)};
}

}  // namespace

void add_imports(Verbs& verbs) {
  auto* group = verbs.group("imports", "Files of readings taken in");
  verbs.add<PageOptions>(group, "list", "Imports, newest first", declare_page, list);
  verbs.add<ShowOptions>(group, "show", "One import", declare_show, show);
}

}  // namespace wattback::cli

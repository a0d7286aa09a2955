// audit: recomputes what the programme promises from the documents alone.
#include "operations/audit.h"

#include <fmt/format.h>

#include "cli/common_options.h"
#include "cli/verbs.h"

namespace wattback::cli {
namespace {

Result<Answer> audit(const Invocation& invocation, const NoOptions& /*options*/) {
  const auto session = invocation.open();
  auto& environment = invocation.environment;
  const auto report = operations::audit(
      session->store(), {.on_break =
                             [&](const operations::Break& found) {
                               // One line each, as they are found; the JSON says how many.
                               (invocation.json ? *environment.err : *environment.out)
                                   << operations::to_text(found) << "\n";
                             },
                         .on_progress =
                             [&](std::uint64_t checked) {
                               if (environment.err_is_terminal) {
                                 *environment.err << "\r\x1b[K" << checked << " documents"
                                                  << std::flush;
                               }
                             }});
  if (environment.err_is_terminal) {
    *environment.err << "\r\x1b[K" << std::flush;
  }
  return Answer{
      .data =
          json::object{{"ok", report.ok()}, {"checked", report.checked}, {"broken", report.broken}},
      .text = report.ok() ? fmt::format("ok: {} documents hold what the programme promises\n",
                                        report.checked)
                          : fmt::format("BROKEN: {} of what {} documents promise does not hold\n",
                                        report.broken, report.checked),
      .exit_code = report.ok() ? 0 : 1};
}

}  // namespace

void add_audit(Verbs& verbs) {
  verbs.add<NoOptions>(nullptr, "audit", "Check the invariants I1 to I8; exit 1 if any is broken",
                       declare_none, audit);
}

}  // namespace wattback::cli

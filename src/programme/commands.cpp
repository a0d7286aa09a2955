#include "programme/commands.h"

#include "base/text.h"

namespace wattback::programme {

Result<Programme> EditProgramme::decide(commit::Workspace& workspace) const {
  auto programme = workspace.get(codec(), key());
  if (!programme) {
    return fail(ErrorCode::not_found, "there is no programme yet");
  }
  if (name) {
    if (const auto parsed = parse_text("name", *name, name_max); !parsed) {
      return std::unexpected(parsed.error());
    }
  }
  const auto after_name = name.value_or(programme->name);
  const auto after_zone = time_zone.value_or(programme->time_zone);
  const auto after_self_reporting = self_reporting.value_or(programme->self_reporting);
  if (after_name == programme->name && after_zone == programme->time_zone &&
      after_self_reporting == programme->self_reporting) {
    return *programme;
  }
  if (expected_edition && *expected_edition != programme->edition) {
    return fail(ErrorCode::precondition_failed, "the programme was edited since");
  }
  programme->name = after_name;
  programme->time_zone = after_zone;
  programme->self_reporting = after_self_reporting;
  ++programme->edition;
  workspace.replace(codec(), *programme);
  return *programme;
}

}  // namespace wattback::programme

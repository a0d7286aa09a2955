#include "importers/retelling.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "commit/command.h"
#include "importers/windows.h"

namespace wattback::importers {

Result<void> Retelling::tell_again(Input& input, const ImportOptions& options, const Import& import,
                                   const Clock& clock) {
  Result<void> told;
  PieceCutter cutter(
      *store_, options, import, {.first = 0, .end = import.progress}, clock,
      [&](const Piece& piece) {
        told = tell_again(piece);
        return told.has_value();
      },
      observer_->rejected);
  const auto parsed = parse_windows(input, options, [&](std::vector<Record> window) {
    return cutter.take_window(std::move(window)) && cutter.position() < import.progress;
  });
  if (!told) {
    return told;
  }
  input.rewind();
  return parsed;
}

Result<void> Retelling::tell_again(const Piece& piece) {
  if (!piece.command.record) {
    return {};
  }
  // One a piece, so that an import of any length is told again in little memory.
  commit::Workspace workspace(*store_, store::product_schema());
  const auto decided = commit::decide_on(workspace, *piece.command.record);
  if (!decided && decided.error().code == ErrorCode::unavailable) {
    return std::unexpected(decided.error());
  }
  for (std::size_t i = 0; i < piece.origins.size(); ++i) {
    if (!decided) {
      tell(piece.origins[i], decided.error(), {});
    } else if (const auto& reading = decided->readings[i]; reading.error) {
      tell(piece.origins[i], *reading.error, reading.usage_id);
    } else if (reading.outcome == usage::Outcome::accepted ||
               reading.outcome == usage::Outcome::restated) {
      tell(piece.origins[i],
           {.code = ErrorCode::conflict,
            .detail = fmt::format("was rejected when it was read, and would be taken now; state "
                                  "another {} to take the input in anew",
                                  as_of_called_)},
           reading.usage_id);
    }
  }
  return {};
}

void Retelling::tell(const Origin& origin, const Error& error, const UsageId& id) {
  observer_->rejected({.line = origin.line,
                       .start = origin.start,
                       .code = wattback::to_text(error.code),
                       .reason = error.detail,
                       .usage_id = id});
}

}  // namespace wattback::importers

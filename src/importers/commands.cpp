#include "importers/commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "users/user.h"

namespace wattback::importers {
namespace {

std::unexpected<Error> no_such_import() {
  return fail(ErrorCode::not_found, "there is no such import");
}

// Readings that another error keeps out all together, such as a member who is gone.
std::vector<usage::ReadingReply> all_rejected(std::size_t count, const Error& error) {
  return std::vector<usage::ReadingReply>(
      count, usage::ReadingReply{.outcome = usage::Outcome::rejected, .error = error});
}

// Those that were taken in, each with its reply.
void cover_dates(Import& import, const usage::RecordReadings& record,
                 const std::vector<usage::ReadingReply>& replies) {
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].outcome == usage::Outcome::rejected) {
      continue;
    }
    const auto start = record.readings[i].interval.start;
    import.first_date = std::min(import.first_date.value_or(start), start);
    import.last_date = std::max(import.last_date.value_or(start), start);
  }
}

}  // namespace

void count(Counts& counts, const usage::ReadingReply& reply) {
  switch (reply.outcome) {
    case usage::Outcome::accepted:
      ++counts.accepted;
      break;
    case usage::Outcome::duplicate:
      ++counts.duplicates;
      break;
    case usage::Outcome::restated:
      ++counts.restated;
      break;
    case usage::Outcome::superseded:
      ++counts.superseded;
      break;
    case usage::Outcome::rejected:
      ++counts.rejected;
      break;
  }
  counts.energy += reply.energy_change;
  counts.points += reply.points;
}

std::vector<store::Key> StartImport::keys() const {
  std::vector<store::Key> keys;
  if (user) {
    keys.push_back(users::key(*user));
  }
  keys.push_back(key(import));
  return keys;
}

Result<Import> StartImport::decide(commit::Workspace& workspace) const {
  if (auto there = workspace.get(codec(), key(import))) {
    if (there->status == ImportStatus::withdrawn) {
      return fail(
          ErrorCode::conflict,
          fmt::format("import {} was withdrawn ({}); to take it in anew, state {} later than the "
                      "withdrawal, or send a bulk under another key",
                      to_text(import), there->reason_code.value_or(""), as_of_called));
    }
    if (there->fingerprint != fingerprint) {
      return fail(ErrorCode::key_reused, "this idempotency key was used for another bulk");
    }
    return *there;
  }
  if (user && workspace.find(users::key(*user)) == nullptr) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  Import begun{.import_id = import,
               .actor = actor,
               .user_id = user,
               .fingerprint = fingerprint,
               .as_of = as_of,
               .created_at = now};
  workspace.insert(codec(), begun);
  return begun;
}

std::int64_t RecordPiece::records() const {
  return rejected + (record ? static_cast<std::int64_t>(record->readings.size()) : 0);
}

std::vector<store::Key> RecordPiece::keys() const {
  auto keys = record ? record->keys() : std::vector<store::Key>{};
  keys.push_back(key(import));
  return keys;
}

Result<RecordPiece::Reply> RecordPiece::decide(commit::Workspace& workspace) const {
  auto progressing = workspace.get(codec(), key(import));
  if (!progressing) {
    return no_such_import();
  }
  if (progressing->status == ImportStatus::withdrawn) {
    return fail(ErrorCode::conflict, "the import was withdrawn");
  }
  if (record && progressing->user_id.value_or(record->user) != record->user) {
    return fail(ErrorCode::invalid, "the import is of another member");
  }
  if (from && progressing->progress >= *from + records()) {
    return Reply{.already_in = true};
  }
  if (from && progressing->progress != *from) {
    return fail(ErrorCode::conflict,
                fmt::format("the import has come to {}, not to {}", progressing->progress, *from));
  }
  Reply reply;
  Counts counts{.read = records(), .rejected = rejected};
  if (record) {
    auto recorded = record->decide(workspace);
    reply.readings = recorded ? std::move(recorded->readings)
                              : all_rejected(record->readings.size(), recorded.error());
    for (const auto& reading : reply.readings) {
      count(counts, reading);
    }
    cover_dates(*progressing, *record, reply.readings);
  }
  progressing->counts += counts;
  progressing->progress += records();
  workspace.replace(codec(), *progressing);
  return reply;
}

Result<Import> FinishImport::decide(commit::Workspace& workspace) const {
  auto finished = workspace.get(codec(), key(import));
  if (!finished) {
    return no_such_import();
  }
  if (finished->status != ImportStatus::running) {
    return *finished;
  }
  if (records && finished->progress != *records) {
    return fail(ErrorCode::conflict,
                fmt::format("the import has come to {}, not to {}", finished->progress, *records));
  }
  finished->status = ImportStatus::done;
  workspace.replace(codec(), *finished);
  return *finished;
}

Result<Import> WithdrawImport::decide(commit::Workspace& workspace) const {
  auto withdrawn = workspace.get(codec(), key(import));
  if (!withdrawn) {
    return no_such_import();
  }
  if (withdrawn->status == ImportStatus::withdrawn) {
    return *withdrawn;
  }
  if (const auto checked = parse_code("reason_code", reason_code); !checked) {
    return std::unexpected(checked.error());
  }
  withdrawn->status = ImportStatus::withdrawn;
  withdrawn->reason_code = reason_code;
  workspace.replace(codec(), *withdrawn);
  return *withdrawn;
}

}  // namespace wattback::importers

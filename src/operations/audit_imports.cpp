#include "operations/audit_imports.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "users/user.h"

namespace wattback::operations {
namespace {

constexpr store::Collection collection{"imports"};
constexpr std::array<std::string_view, 5> outcomes{"accepted", "duplicates", "restated",
                                                   "superseded", "rejected"};

const store::Codec<ImportRecord>& codec() {
  static const store::Codec<ImportRecord> codec(
      collection,
      {store::field<&ImportRecord::import_id>("import_id"),
       store::field<&ImportRecord::actor>("actor"), store::field<&ImportRecord::user_id>("user_id"),
       store::field<&ImportRecord::fingerprint>("fingerprint"),
       store::field<&ImportRecord::status>("status"), store::field<&ImportRecord::as_of>("as_of"),
       store::field<&ImportRecord::progress>("progress"),
       store::field<&ImportRecord::counts>("counts"),
       store::field<&ImportRecord::first_date>("first_date"),
       store::field<&ImportRecord::last_date>("last_date"),
       store::field<&ImportRecord::reason_code>("reason_code"),
       store::field<&ImportRecord::created_at>("created_at"),
       store::field<&ImportRecord::version>("version")});
  return codec;
}

store::Key key(const Uuid& import) { return {.collection = collection, .values = {import}}; }

std::int64_t count(const ImportRecord& import, std::string_view name) {
  const auto found = import.counts.find(std::string(name));
  return found == import.counts.end() ? 0 : found->second;
}

// What is wrong with an import by itself is said by its own pass; here it is a blank one.
std::optional<ImportRecord> find_import(store::Snapshot& snapshot, const Uuid& import) {
  try {
    const auto document = look_up(snapshot, key(import));
    if (!document) {
      return std::nullopt;
    }
    return try_decode(codec(), *document).value_or(ImportRecord{});
  } catch (const Unreadable&) {
    return ImportRecord{};
  }
}

// What it counts that does not add up, as a sentence.
std::optional<std::string> find_miscount(const ImportRecord& import) {
  Wide sum = 0;
  for (const auto outcome : outcomes) {
    if (count(import, outcome) < 0) {
      return fmt::format("counts {} {}", count(import, outcome), outcome);
    }
    sum += count(import, outcome);
  }
  const auto read = count(import, "read");
  if (read != sum) {
    return fmt::format("counts {} records read; its outcomes sum to {}", read, sum);
  }
  if (import.progress != read) {
    return fmt::format("progress is {}; it counts {} records read", import.progress, read);
  }
  if (import.first_date.has_value() != import.last_date.has_value() ||
      import.first_date > import.last_date) {
    return "first_date and last_date are no span of time";
  }
  if (!import.first_date && count(import, "accepted") + count(import, "restated") > 0) {
    return "made readings stand, but has no first_date";
  }
  if ((import.status == "withdrawn") != import.reason_code.has_value()) {
    return fmt::format("is {} {} a reason_code", import.status,
                       import.reason_code ? "with" : "without");
  }
  return std::nullopt;
}

}  // namespace

MemberImports::MemberImports(Findings& findings, store::Snapshot& snapshot, const UserId& user)
    : findings_(&findings), snapshot_(&snapshot), user_(user) {}

MemberImports::Known& MemberImports::known(const Uuid& import) {
  const auto [found, is_new] = imports_.try_emplace(import);
  if (is_new) {
    found->second.import = find_import(*snapshot_, import);
  }
  return found->second;
}

bool MemberImports::exists(const Uuid& import) { return known(import).import.has_value(); }

void MemberImports::check(const usage::Reading& reading) {
  if (!reading.import_id) {
    return;
  }
  auto& [import, readings] = known(reading.import_id->uuid);
  ++readings;
  const auto id = wattback::to_text(*reading.import_id);
  const auto report = [&](std::string detail) {
    findings_->report(Invariant::references, name_of(usage::key(user_, reading.usage_id)),
                      std::move(detail));
  };
  if (!import) {
    dangling_.note("import_id", reading.import_id->uuid, collection.name,
                   usage::key(user_, reading.usage_id));
    return;
  }
  if (import->user_id && *import->user_id != user_) {
    report(fmt::format("import_id {} is of another member, {}", id,
                       wattback::to_text(*import->user_id)));
  }
  if (import->first_date && import->last_date &&
      (reading.date < *import->first_date || reading.date > *import->last_date)) {
    report(fmt::format("date is {}, import {} has readings of {} to {}",
                       wattback::to_text(reading.date), id, wattback::to_text(*import->first_date),
                       wattback::to_text(*import->last_date)));
  }
}

void MemberImports::finish() {
  dangling_.report_to(*findings_);
  for (const auto& [id, known] : imports_) {
    if (!known.import || known.import->import_id.uuid != id) {
      continue;
    }
    const auto values = Wide{count(*known.import, "accepted")} + count(*known.import, "restated");
    if (known.readings > values) {
      findings_->report(Invariant::identity, name_of(key(id)),
                        fmt::format("counts {} values accepted and restated; {} readings of {} "
                                    "have theirs from it",
                                    values, known.readings, name_of(users::key(user_))));
    }
  }
}

ImportPass::ImportPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range)
    : findings_(&findings),
      snapshot_(&snapshot),
      imports_(findings, snapshot, codec(), store::primary_index, range) {}

std::optional<Uuid> ImportPass::next() {
  const auto id = imports_.owner();
  if (id) {
    while (const auto import = imports_.next(*id)) {
      check(*import);
    }
  }
  return id;
}

void ImportPass::check(const ImportRecord& import) {
  const auto name = name_of(key(import.import_id.uuid));
  if (import.user_id) {
    if (!is_there(*snapshot_, users::key(*import.user_id))) {
      findings_->report(
          Invariant::references, name,
          fmt::format("user_id {} is not in users", wattback::to_text(*import.user_id)));
    }
  }
  if (auto miscount = find_miscount(import)) {
    findings_->report(Invariant::identity, name, std::move(*miscount));
  }
}

}  // namespace wattback::operations

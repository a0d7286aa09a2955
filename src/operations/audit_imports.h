// Imports as an audit sees them: what they say of themselves, and which readings refer to them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "operations/audit_stream.h"
#include "store/store.h"
#include "usage/reading.h"

namespace wattback::operations {

// An import's document, as much as the audit judges of it; its own folder makes it.
struct ImportRecord {
  ImportId import_id;
  Actor actor;
  std::optional<UserId> user_id;
  Fingerprint fingerprint{};
  std::string status;
  Instant as_of;
  std::int64_t progress = 0;
  store::Integers counts;
  std::optional<Instant> first_date;
  std::optional<Instant> last_date;
  std::optional<std::string> reason_code;
  Instant created_at;
  std::int64_t version = 1;
};

// The imports behind one member's readings and entries.
class MemberImports {
 public:
  MemberImports(Findings& findings, store::Snapshot& snapshot, const UserId& user);

  bool exists(const Uuid& import);
  void check(const usage::Reading& reading);  // against the import its value came from: I8
  void finish();                              // once all readings were checked: I5

 private:
  struct Known {
    std::optional<ImportRecord> import;
    std::int64_t readings = 0;
  };
  Known& known(const Uuid& import);

  Findings* findings_;
  store::Snapshot* snapshot_;
  UserId user_;
  std::map<Uuid, Known> imports_;
  Dangling dangling_;
};

// Checks each import by itself (I5) and its member (I8).
class ImportPass {
 public:
  ImportPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range);
  std::optional<Uuid> next();  // audits the next import; nothing at the end

 private:
  void check(const ImportRecord& import);

  Findings* findings_;
  store::Snapshot* snapshot_;
  OwnedStream<ImportRecord> imports_;
};

}  // namespace wattback::operations

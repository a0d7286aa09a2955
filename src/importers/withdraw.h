// Takes back all that an import recorded: its readings are restated to 0, each with its own entry.
// Killed, or asked to stop, and run again it goes on; readings another import or a person restated
// since stay as they are.
#pragma once

#include <stop_token>

#include "base/time.h"
#include "commit/committer.h"
#include "importers/import.h"
#include "store/store.h"

namespace wattback::importers {

struct Withdrawal {
  Import import;
  std::int64_t restated = 0;
  Energy energy_change;
  Points points;
};

Result<Withdrawal> withdraw_import(store::Store& store, commit::Committer& committer,
                                   const Clock& clock, const ImportId& import,
                                   const std::string& reason_code, const Actor& actor,
                                   const std::stop_token& stop = {});

}  // namespace wattback::importers

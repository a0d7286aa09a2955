#pragma once

#include <optional>

#include "earning/rules.h"
#include "programme/programme.h"
#include "store/read.h"

namespace wattback::earning {

// By version, oldest first.
store::Listing<EarningRules> list(store::Store& store, std::size_t limit, store::Cursor after);
std::optional<EarningRules> find(store::Store& store, std::int64_t rules_version);

}  // namespace wattback::earning

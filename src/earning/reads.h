#pragma once

#include <optional>
#include <vector>

#include "earning/rules.h"
#include "programme/programme.h"
#include "store/read.h"

namespace wattback::earning {

std::vector<EarningRules> list(store::Store& store);  // by version
std::optional<EarningRules> find(store::Store& store, std::int64_t rules_version);

}  // namespace wattback::earning

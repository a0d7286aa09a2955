// Earning rules as an operator writes them: a JSON file such as
//   {"points_per_kwh": {"Renewable": 10, "Non-Renewable": 0.5}, "daily_cap": 200}
// Rates have at most three decimal places; daily_cap may be left out.
#pragma once

#include <string>

#include "base/error.h"
#include "earning/rules.h"

namespace wattback::cli {

Result<earning::RuleTerms> read_rules_file(const std::string& path);

}  // namespace wattback::cli

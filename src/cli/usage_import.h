#pragma once

#include "base/energy.h"
#include "cli/verbs.h"

namespace wattback::cli {

void add_usage_import(Verbs& verbs, CLI::App* group);

Result<EnergyType> parse_energy_type(std::string_view text);

}  // namespace wattback::cli

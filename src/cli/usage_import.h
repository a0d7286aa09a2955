#pragma once

#include "cli/verbs.h"

namespace wattback::cli {

void add_usage_import(Verbs& verbs, CLI::App* group);

}  // namespace wattback::cli

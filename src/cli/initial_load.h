#pragma once

#include "cli/verbs.h"

namespace wattback::cli {

void add_users_import(Verbs& verbs, CLI::App* group);
void add_rewards_import(Verbs& verbs, CLI::App* group);

}  // namespace wattback::cli

// The manual: all commands, settings and exit codes, from what defines them.
#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "cli/environment.h"
#include "cli/render.h"

namespace wattback::cli {

struct Manual {
  std::vector<Command> commands;
  std::vector<SettingDefinition> settings;
};

std::string to_roff(const Manual& manual);  // a page of section 1, in the macros of man(7)
std::string to_markdown(const Manual& manual);
json::object form_of(const Manual& manual);

}  // namespace wattback::cli

// Scripts that complete the command line in a shell, made from the commands alone: verbs and
// options, the words of an option that takes few, and files and folders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command_tree.h"

namespace wattback::cli {

std::string bash_completion(const std::vector<Command>& commands);
std::string zsh_completion(const std::vector<Command>& commands);
std::string fish_completion(const std::vector<Command>& commands);

// The text in single quotes, as bash and zsh read it.
std::string in_single_quotes(std::string_view text);

}  // namespace wattback::cli

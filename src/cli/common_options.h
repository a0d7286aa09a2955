// Options that many verbs have.
#pragma once

#include <string>

#include "cli/verbs.h"

namespace wattback::cli {

struct NoOptions {};
inline void declare_none(CLI::App& /*verb*/, NoOptions& /*options*/) {}

inline void declare_user(CLI::App& verb, std::string& user) {
  verb.add_option("--user", user, "The member's email")->required();
}

}  // namespace wattback::cli

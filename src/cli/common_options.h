// Options that many verbs have.
#pragma once

#include <string>

#include "cli/verbs.h"

namespace wattback::cli {

struct NoOptions {};
inline void declare_none(CLI::App& /*verb*/, NoOptions& /*options*/) {}

inline constexpr std::size_t default_limit = 50;
inline constexpr std::size_t limit_max = 1000;

inline void declare_limit(CLI::App& verb, std::size_t& limit) {
  verb.add_option("--limit", limit, "How many at most")
      ->check(CLI::Range(std::size_t{1}, limit_max))
      ->capture_default_str();
}

inline void declare_user(CLI::App& verb, std::string& user) {
  verb.add_option("--user", user, "The member's email")->required();
}

}  // namespace wattback::cli
